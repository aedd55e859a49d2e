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
  const width = layout.tokens;
  const visible = (row: number, query: number): number[] => {
    const start = (row * width + query) * width;
    return [...layout.feeds.mask.data.slice(start, start + width)].flatMap((value, key) => (value === 0 ? [key] : []));
  };

  it("lays the prompt once, then a segment for each completion", () => {
    expect({ rows: layout.rows, tokens: width, sequences: layout.sequences }).toEqual({
      rows: 2,
      tokens: 16 + 2 * 16,
      sequences: 4,
    });
    expect([...layout.ids.slice(0, 4)]).toEqual([1, 2, 3, 0]);
    expect([...layout.ids.slice(16, 19)]).toEqual([10, 11, 0]);
    expect([...layout.ids.slice(32, 36)]).toEqual([20, 21, 22, 0]);
    expect([...layout.ids.slice(width, width + 2)]).toEqual([4, 0]);
  });

  it("lets a completion see the prompt and itself, never the other completion", () => {
    expect(visible(0, 2)).toEqual([0, 1, 2]);
    expect(visible(0, 17)).toEqual([0, 1, 2, 16, 17]);
    expect(visible(0, 33)).toEqual([0, 1, 2, 32, 33]);
    expect(visible(1, 32)).toEqual([0, 32]);
  });

  it("lets padding see itself alone", () => {
    expect(visible(0, 5)).toEqual([5]);
    expect(visible(1, 20)).toEqual([20]);
  });

  it("goes on counting positions at the end of each row's own prompt", () => {
    const half = config.headDim / 2;
    const angle = (row: number, token: number) => layout.feeds.cos.data[(row * width + token) * half];
    expect(angle(0, 16)).toBeCloseTo(Math.cos(3), 6);
    expect(angle(0, 34)).toBeCloseTo(Math.cos(5), 6);
    expect(angle(1, 33)).toBeCloseTo(Math.cos(2), 6);
  });

  it("predicts a completion's first token from the prompt's last, and counts what the mask counts", () => {
    const { positions, targets, select } = layout.feeds;
    const counted = [10, 11, 20, 22, 30, 31, 32];
    expect([...targets.data.slice(0, counted.length)]).toEqual(counted);
    expect([...positions.data.slice(0, counted.length)]).toEqual([2, 16, 2, 33, width, width, width + 32]);
    expect([...layout.counts]).toEqual([2, 2, 1, 2]);
    const owners = Array.from({ length: 4 }, (_, s) =>
      [...select.data.slice(s * layout.positions, (s + 1) * layout.positions)].flatMap((v, m) => (v === 1 ? [m] : [])),
    );
    expect(owners).toEqual([[0, 1], [2, 3], [4], [5, 6]]);
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
  ])("refuses %s", (_, bad, message) => {
    expect(() => layOut(config, bad)).toThrow(
      expect.objectContaining({ code: "E_TOKENS", message: expect.stringContaining(message) as string }),
    );
  });
});

describe("roundLength", () => {
  it.each([
    [0, 0],
    [1, 16],
    [16, 16],
    [17, 32],
    [128, 128],
    [129, 192],
    [768, 768],
  ])("%i → %i", (length, rounded) => expect(roundLength(length)).toBe(rounded));
});
