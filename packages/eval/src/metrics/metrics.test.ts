import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnswerMetric, markAnswer } from "./answer-metrics.ts";
import { normaliseAnswer } from "./normalise-answer.ts";

interface Golden {
  cases: ({ prediction: string; answers: string[]; normalised: string } & Record<AnswerMetric, number>)[];
}
// tooling/peers/answer_metrics_golden.py
const golden = JSON.parse(
  readFileSync(new URL("../__fixtures__/answer-metrics.json", import.meta.url), "utf8"),
) as Golden;

it.each(golden.cases)("marks $prediction against $answers as SQuAD's script does", (row) => {
  expect(normaliseAnswer(row.prediction)).toBe(row.normalised);
  const { em, f1, cover } = markAnswer(row.prediction, row.answers);
  expect({ em, cover }).toEqual({ em: row.em, cover: row.cover });
  expect(f1).toBeCloseTo(row.f1, 12);
});

describe("markAnswer", () => {
  it("counts words as often as both have them", () => {
    // Two of three words said are among the two wanted: P = 2/3, R = 1.
    expect(markAnswer("big big dog", ["dog big"])).toEqual({ em: 0, f1: 0.8, cover: 0 });
  });

  it("takes the best answer for each metric by itself", () => {
    expect(markAnswer("New York", ["York", "New York", "in New York"])).toEqual({ em: 1, f1: 1, cover: 1 });
    expect(markAnswer("old New York", ["York", "the old York New"])).toEqual({ em: 0, f1: 1, cover: 1 });
  });

  it("finds no prediction wrong, even where nothing is wanted", () => {
    expect(markAnswer(null, [""])).toEqual({ em: 0, f1: 0, cover: 0 });
    expect(markAnswer("x", [])).toEqual({ em: 0, f1: 0, cover: 0 });
  });

  it("never marks a match by one metric and not by a laxer one, whatever the order of answers", () => {
    const text = fc
      .array(fc.constantFrom("the", "a", "dog", "cat.", "Dog", "-"), { maxLength: 4 })
      .map((w) => w.join(" "));
    fc.assert(
      fc.property(text, fc.array(text, { minLength: 1, maxLength: 3 }), (prediction, answers) => {
        const { em, f1, cover } = markAnswer(prediction, answers);
        if (em === 1) expect([f1, cover]).toEqual([1, 1]);
        if (cover === 1) expect(f1).toBeGreaterThan(0);
        expect(markAnswer(prediction, answers.toReversed())).toEqual({ em, f1, cover });
        expect(markAnswer(normaliseAnswer(prediction), answers)).toEqual({ em, f1, cover });
      }),
    );
  });
});
