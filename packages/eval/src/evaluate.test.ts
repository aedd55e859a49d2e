import { describe, expect, it } from "vitest";
import { evaluate } from "./evaluate.ts";
import type { Transcript } from "./transcript.ts";

const transcript = (text: string, more: Partial<Transcript> = {}): Transcript => ({
  segments: [{ text, source: "model" }],
  searches: 0,
  invalid: 0,
  stop: "end",
  ...more,
});

describe("evaluate", () => {
  it("reads the model's own answer, never the environment's", () => {
    const segments = [
      { text: "<search>x</search>", source: "model" as const },
      { text: "<information><answer>right</answer></information>", source: "environment" as const },
      { text: "<answer>wrong</answer>", source: "model" as const },
    ];
    expect(
      evaluate([{ id: "a", answers: ["right"], cluster: "k" }], [transcript("", { segments, searches: 1 })]),
    ).toEqual([
      { id: "a", cluster: "k", correct: false, prediction: "wrong", answers: ["right"], searches: 1, truncated: false },
    ]);
  });

  it("counts an unreadable answer as wrong and a missing cluster as its own", () => {
    const [result] = evaluate([{ id: "a", answers: ["x"] }], [transcript("x", { stop: "length" })]);
    expect(result).toMatchObject({ cluster: "a", correct: false, prediction: null, truncated: true });
  });

  it("refuses what does not belong together", () => {
    expect(() => evaluate([{ id: "a", answers: ["x"] }], [])).toThrow(expect.objectContaining({ code: "E_MISMATCH" }));
    expect(() => evaluate([{ id: "a" }], [transcript("x")])).toThrow('item "a" — expected answers, got none');
  });
});
