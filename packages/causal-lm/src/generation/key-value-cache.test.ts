import { float32 } from "@prefdelta/tfjs-onnx";
import { describe, expect, it } from "vitest";
import { parseModelConfig } from "../model/config.ts";
import { append, createCache, type KeyValueCache, repack } from "./key-value-cache.ts";

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
  const filled = (): KeyValueCache => {
    const cache = createCache(config, 2, 4);
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
});
