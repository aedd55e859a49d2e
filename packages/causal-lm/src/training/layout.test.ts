import { describe, expect, it } from "vitest";
import { parseModelConfig } from "../model/config.ts";
import { layOut, type PromptRow, roundLength } from "./layout.ts";

const config = parseModelConfig({
  model_type: "qwen3",
  vocab_size: 50,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 4,
});
const own = (...ids: number[]) => ({ ids, mask: ids.map(() => 1) });
const rows: PromptRow[] = [
  { prompt: [1, 2, 3], completions: [own(10, 11), { ids: [20, 21, 22], mask: [1, 0, 1] }] },
  { prompt: [4], completions: [own(30), own(31, 32)] },
];

describe("layOut", () => {
  const layout = layOut(config, rows);
  // Two prompts of 2 slots, then four completions of 4.
  const completion = (n: number): number => 4 + 4 * n;
  const visible = (mask: "promptMask" | "continuationMask", query: number, { feeds } = layout): number[] => {
    const width = feeds[mask].shape[4]!;
    const keys = [...feeds[mask].data.slice(query * width, (query + 1) * width)];
    return keys.flatMap((value, key) => (value === 0 ? [key] : []));
  };

  it("lays the prompts but their last tokens, which open the completions, and these in order without theirs", () => {
    expect(layout).toMatchObject({
      tokens: 2 * 2 + 4 * 4,
      prompts: { rows: 2, tokens: 2 },
      continuations: { rows: 4, tokens: 4 },
      sequences: 4,
    });
    expect([...layout.ids.slice(0, 4)]).toEqual([1, 2, 0, 0]);
    expect([...layout.ids.slice(completion(0), completion(0) + 3)]).toEqual([3, 10, 0]);
    expect([...layout.ids.slice(completion(1), completion(1) + 4)]).toEqual([3, 20, 21, 0]);
    expect([...layout.ids.slice(completion(3), completion(3) + 3)]).toEqual([4, 31, 0]);
  });

  it("lets a prompt see itself, and a completion its prompt and itself", () => {
    expect(visible("promptMask", 1)).toEqual([0, 1]);
    // keys of a completion: 2 slots of the prompt, then its own 4
    expect(visible("continuationMask", 1)).toEqual([0, 1, 2, 3]);
    expect(visible("continuationMask", 4)).toEqual([0, 1, 2]);
    expect(visible("continuationMask", 13)).toEqual([2, 3]);
  });

  it("lets padding see itself alone", () => {
    expect(visible("promptMask", 2)).toEqual([0]);
    expect(visible("continuationMask", 2)).toEqual([4]);
  });

  it("puts a prefix before all: its filled slots are seen, and positions go on from it", () => {
    const after = layOut(config, rows, { slots: 8, length: 5 });
    const prefix = [0, 1, 2, 3, 4];
    expect(after.ids).toEqual(layout.ids);
    expect(visible("promptMask", 1, after)).toEqual([...prefix, 8, 9]);
    expect(visible("continuationMask", 1, after)).toEqual([...prefix, 8, 9, 10, 11]);
    expect(visible("continuationMask", 13, after)).toEqual([...prefix, 10, 11]);
    expect(after.feeds.cos.data[config.headDim / 2]).toBeCloseTo(Math.cos(6), 6);
    expect(after.feeds.cos.data[(completion(3) * config.headDim) / 2]).toBeCloseTo(Math.cos(5), 6);
    expect(after.key).not.toBe(layout.key);
  });

  it("goes on counting positions at the end of each row's own prompt", () => {
    const angle = (token: number) => layout.feeds.cos.data[(token * config.headDim) / 2];
    expect(angle(1)).toBeCloseTo(Math.cos(1), 6);
    expect(angle(completion(0))).toBeCloseTo(Math.cos(2), 6);
    expect(angle(completion(1) + 2)).toBeCloseTo(Math.cos(4), 6);
    expect(angle(completion(3) + 1)).toBeCloseTo(Math.cos(1), 6);
  });

  it("predicts each token that the mask counts from the one before", () => {
    const { positions, places, targets, select } = layout.feeds;
    const counted = [10, 11, 20, 22, 30, 31, 32];
    expect([...targets.data.slice(0, counted.length)]).toEqual(counted);
    const slots = [0, 1, 4, 6, 8, 12, 13]; // among the continuations' 4 · 4
    expect([...positions.data.slice(0, counted.length)]).toEqual(slots);
    expect([...places.data]).toEqual(
      Array.from({ length: 16 }, (_, slot) => (slots.includes(slot) ? slots.indexOf(slot) : 32)),
    );
    expect([...layout.counts]).toEqual([2, 2, 1, 2]);
    const owners = Array.from({ length: 4 }, (_, s) =>
      [...select.data.slice(s * layout.positions, (s + 1) * layout.positions)].flatMap((v, m) => (v === 1 ? [m] : [])),
    );
    expect(owners).toEqual([[0, 1], [2, 3], [4], [5, 6]]);
  });

  it("feeds the tokens' weights, which change no count, where a completion has them", () => {
    const [first, second] = rows;
    const [, masked] = first!.completions;
    const weighted = { ...first!, completions: [first!.completions[0]!, { ...masked!, weights: [1, 9, 0.5] }] };
    const { feeds, counts, positions, key } = layOut(config, [weighted, second!]);
    expect(counts).toEqual(layout.counts);
    expect(feeds.select).toEqual(layout.feeds.select);
    const expected = Float32Array.from(feeds.select.data);
    expected[positions + 3] = 0.5; // 22, the last of the second sequence; the 9 belongs to a token that does not count
    expect(feeds.weights).toEqual({ ...feeds.select, data: expected });
    expect(layout.feeds.weights).toBeUndefined();
    expect(key).not.toBe(layout.key);
  });

  it("names batches of one shape alike", () => {
    expect(layOut(config, rows.toReversed()).key).toBe(layout.key);
  });

  it.each([
    ["an empty prompt", [{ prompt: [], completions: [own(1)] }], "row 0 — expected a prompt"],
    [
      "a mask of another length",
      [{ prompt: [1], completions: [{ ids: [1, 2], mask: [1] }] }],
      "expected a mask of 2 tokens, got 1",
    ],
    [
      "weights of another length",
      [{ prompt: [1], completions: [{ ids: [1, 2], mask: [1, 1], weights: [1, 1, 1] }] }],
      "expected weights of 2 tokens, got 3",
    ],
  ])("refuses %s", (_, bad, message) => {
    expect(() => layOut(config, bad)).toThrow(
      expect.objectContaining({ code: "E_TOKENS", message: expect.stringContaining(message) as string }),
    );
  });
});

describe("roundLength", () => {
  it.each([
    [0, 0],
    [1, 1],
    [3, 4],
    [8, 8],
    [9, 16],
    [16, 16],
    [17, 32],
    [128, 128],
    [129, 192],
    [768, 768],
  ])("%i → %i", (length, rounded) => expect(roundLength(length)).toBe(rounded));
});
