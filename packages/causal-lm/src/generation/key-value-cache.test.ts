import { float32 } from "@prefdelta/tfjs-onnx";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseModelConfig } from "../model/config.ts";
import { append, createCache, type KeyValueCache, repack, rowsOf } from "./key-value-cache.ts";

const config = parseModelConfig({
  model_type: "qwen3",
  vocab_size: 5,
  hidden_size: 4,
  intermediate_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  head_dim: 2,
});

/** [B, 2, T, 2] whose entries say where they belong: row, head, token, place. */
const labelled = (rows: number, tokens: number, from = 0) =>
  float32(
    [rows, 2, tokens, 2],
    Float32Array.from({ length: rows * 2 * tokens * 2 }, (_, i) => {
      const place = i % 2;
      const token = Math.floor(i / 2) % tokens;
      const head = Math.floor(i / (2 * tokens)) % 2;
      const row = Math.floor(i / (4 * tokens));
      return row * 1000 + head * 100 + (from + token) * 10 + place;
    }),
  );

const rowOf = ({ keys, capacity, lengths }: KeyValueCache, row: number, head: number): number[] => {
  const start = (row * 2 + head) * capacity * 2;
  return [...keys[0]!.data.slice(start, start + lengths[row]! * 2)];
};

describe("KeyValueCache", () => {
  const filled = (room?: number): KeyValueCache => {
    const cache = createCache(config, { rows: 2, capacity: 4, ...(room ? { room } : {}) });
    append(cache, { keys: [labelled(2, 3)], values: [labelled(2, 3)], counts: [3, 1] });
    return cache;
  };

  it("appends each row's real tokens at its own end", () => {
    const cache = filled();
    expect([...cache.lengths]).toEqual([3, 1]);
    expect(rowOf(cache, 0, 1)).toEqual([100, 101, 110, 111, 120, 121]);
    append(cache, { keys: [labelled(2, 1, 7)], values: [labelled(2, 1, 7)], counts: [0, 1] });
    expect([...cache.lengths]).toEqual([3, 2]);
    expect(rowOf(cache, 1, 0)).toEqual([1000, 1001, 1070, 1071]);
  });

  it("repacks chosen rows into a cache of another size", () => {
    const repacked = repack(config, filled(), { chosen: [1], rows: 2, capacity: 8 });
    expect([...repacked.lengths]).toEqual([1, 0]);
    expect(repacked.keys[0]!.shape).toEqual([2, 2, 8, 2]);
    expect(rowOf(repacked, 0, 1)).toEqual([1100, 1101]);
  });

  it("repacks in place where there is room, and keeps what rows hold", () => {
    const cache = filled(16);
    const { buffer } = cache.keys[0]!.data;
    const grown = repack(config, cache, { chosen: [0, 1], rows: 2, capacity: 9 });
    expect(grown.keys[0]!.data.buffer).toBe(buffer);
    expect(grown.keys[0]!.shape).toEqual([2, 2, 9, 2]);
    expect(rowOf(grown, 0, 1)).toEqual([100, 101, 110, 111, 120, 121]);
    expect(rowOf(grown, 1, 1)).toEqual([1100, 1101]);
    const alone = repack(config, grown, { chosen: [1], rows: 1, capacity: 32 });
    expect(alone.keys[0]!.data.buffer).toBe(buffer);
    expect([...alone.lengths]).toEqual([1]);
    expect(rowOf(alone, 0, 0)).toEqual([1000, 1001]);
    expect(rowOf(alone, 0, 1)).toEqual([1100, 1101]);
    expect(repack(config, alone, { chosen: [0], rows: 1, capacity: 33 }).keys[0]!.data.buffer).not.toBe(buffer);
  });

  it("holds the same repacked in place and anew", () => {
    const packings = fc.record({
      chosen: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
      more: fc.nat(2),
      growth: fc.nat(5),
    });
    fc.assert(
      fc.property(packings, ({ chosen, more, growth }) => {
        const packing = { chosen, rows: chosen.length + more, capacity: 5 + growth };
        const [anew, inPlace] = [5, 40].map((room) => {
          const cache = createCache(config, { rows: 4, capacity: 5, room });
          append(cache, { keys: [labelled(4, 5)], values: [labelled(4, 5)], counts: [5, 2, 0, 3] });
          return repack(config, cache, packing);
        }) as [KeyValueCache, KeyValueCache];
        expect(inPlace.lengths).toEqual(anew.lengths);
        for (const head of [0, 1])
          for (const row of chosen.keys()) expect(rowOf(inPlace, row, head)).toEqual(rowOf(anew, row, head));
      }),
    );
  });

  it("appends through a view of some rows", () => {
    const cache = filled();
    const second = rowsOf(cache, { start: 1, end: 2 });
    append(second, { keys: [labelled(1, 2, 7)], values: [labelled(1, 2, 7)], counts: [2] });
    expect([...cache.lengths]).toEqual([3, 3]);
    expect(rowOf(cache, 1, 1)).toEqual([1100, 1101, 170, 171, 180, 181]);
    expect(rowOf(cache, 0, 0)).toEqual([0, 1, 10, 11, 20, 21]);
  });
});
