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

  it("takes no answer from an observation, even where it is the last one", () => {
    const segments = [
      { text: "<search>x</search>", source: "model" as const },
      { text: "<information><answer>right</answer></information>", source: "environment" as const },
      { text: " I see.", source: "model" as const },
    ];
    const [result] = evaluate([{ id: "a", answers: ["right"] }], [transcript("", { segments })]);
    expect(result).toMatchObject({ correct: false, prediction: null });
  });

  it("counts an unreadable answer as wrong and a missing cluster as its own", () => {
    const [result] = evaluate([{ id: "a", answers: ["x"] }], [transcript("x", { stop: "length" })]);
    expect(result).toMatchObject({ cluster: "a", correct: false, prediction: null, truncated: true });
  });

  it("marks by the normal form it is given, and keeps the answer as it was written", () => {
    const mark = (options?: { normalise: (text: string) => string }) =>
      evaluate([{ id: "a", answers: ["EURO"] }], [transcript("<answer>Euro</answer>")], options)[0];
    expect(mark()).toMatchObject({ correct: false, prediction: "Euro" });
    expect(mark({ normalise: (text) => text.toLowerCase() })).toMatchObject({ correct: true, prediction: "Euro" });
  });

  it("refuses what does not belong together", () => {
    expect(() => evaluate([{ id: "a", answers: ["x"] }], [])).toThrow(expect.objectContaining({ code: "E_MISMATCH" }));
    expect(() => evaluate([{ id: "a" }], [transcript("x")])).toThrow('item "a" — expected answers, got none');
  });
});
