import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pair } from "../pair.ts";
import { deltaVerdicts } from "./delta-verdicts.ts";
import { createDiagnosis, diagnosePairs, type DiagnoseOptions } from "./diagnose-pairs.ts";

const pair = (i: number, chosen: string, rejected: string): Pair => ({
  prompt: [{ role: "user", content: `q${i}` }],
  chosen: [{ role: "assistant", content: chosen }],
  rejected: [{ role: "assistant", content: rejected }],
  prompt_id: `q${i}`,
  chosen_model: "weak",
  rejected_model: "weaker",
});
const many = (n: number, make: (i: number) => [string, string]): Pair[] =>
  Array.from({ length: n }, (_, i) => pair(i, ...make(i)));
const isCorrect = (promptId: string, text: string) => (promptId === "q9" ? null : text.includes("right"));
const verdicts = (pairs: readonly Pair[], options?: DiagnoseOptions) => deltaVerdicts(diagnosePairs(pairs, options));
const texts = (pairs: readonly Pair[], options?: DiagnoseOptions) =>
  verdicts(pairs, options).map(({ level, text }) => `${level}: ${text}`);

describe("diagnosePairs", () => {
  it("counts by hand", () => {
    const pairs = [
      pair(0, "right", "no"), // 5 and 2
      pair(1, "right", "right."), // 5 and 6
      pair(2, "no", "right"), // 2 and 5
      pair(2, "# no\n- list", "right"), // 11 and 5
      pair(9, "right", "right"), // not judged
    ];
    const report = diagnosePairs(pairs, { isCorrect });
    expect(report).toMatchObject({
      pairs: 5,
      length: { mean: { chosen: 28 / 5, rejected: 23 / 5 }, median: { chosen: 5, rejected: 5 }, ratio: 28 / 23 },
      correctness: {
        judged: 4,
        shareCorrect: { chosen: 2 / 4, rejected: 3 / 4 },
        rightOverWrong: 1,
        bothRight: 1,
        bothWrong: 0,
        inverted: 2,
        winRate: 1 / 3,
      },
      duplicates: { prompts: 1, chosen: 2, rejected: 2, pairs: 0 },
    });
    expect(report.length.chosenLonger).toBe((1 + 0 + 0 + 1 + 0.5) / 5);
    expect(report.format.headings).toEqual({ chosen: 1 / 5, rejected: 0 });
    expect(report.format.lists).toEqual({ chosen: 1 / 5, rejected: 0 });
    expect(report.format.open_ends).toEqual({ chosen: 1, rejected: 4 / 5 });
    // "right" against "right.": 1 of 2 shingles; the same text: 1; the rest share none.
    expect(report.similarity).toEqual({ mean: 1.5 / 5, histogram: [3, 0, 0, 0, 0, 1, 0, 0, 0, 1] });
  });

  it("looks at what the model wrote, not at what it was shown", () => {
    const searched: Pair = {
      ...pair(0, "", "no"),
      chosen: [
        { role: "assistant", content: "a<information>\n# long document\n</information>b" },
        { role: "tool", content: "- another" },
        { role: "assistant", content: "c" },
      ],
    };
    const { length, format } = diagnosePairs([searched]);
    expect(length.mean.chosen).toBe("ab\nc".length);
    expect([format.headings.chosen, format.lists.chosen]).toEqual([0, 0]);
  });

  it("counts tokens of the pairs whose tokens are known, and margins of those that were scored", () => {
    const diagnosis = createDiagnosis();
    diagnosis.add(pair(0, "a", "b"), { tokens: { chosen: 6, rejected: 1 } });
    diagnosis.add(pair(1, "c", "d"));
    diagnosis.add(pair(2, "e", "f"), { tokens: { chosen: 2, rejected: 3 } });
    diagnosis.addScored({ logProbs: { chosen: -6, rejected: -4 }, tokens: { chosen: 6, rejected: 2 } });
    diagnosis.addScored({ logProbs: { chosen: -3, rejected: -3 }, tokens: { chosen: 2, rejected: 2 } });
    expect(diagnosis.report()).toMatchObject({
      tokens: { counted: 2, total: { chosen: 8, rejected: 4 }, mean: { chosen: 4, rejected: 2 }, ratio: 2 },
      margins: {
        pairs: 2,
        logProb: { chosen: -4.5, rejected: -3.5 },
        logProbPerToken: { chosen: -1.25, rejected: -1.75 },
        ...{ margin: -1, marginPerToken: 0.5, chosenLikelier: 0.75 },
      },
    });
    expect(diagnosePairs([])).toMatchObject({
      tokens: { counted: 0, ratio: null },
      margins: { pairs: 0, margin: null },
    });
  });

  it("has nulls and zeros for no pairs, in JSON, too", () => {
    const report = diagnosePairs([]);
    expect(report).toMatchObject({ pairs: 0, length: { ratio: null }, correctness: { judged: 0, winRate: null } });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(verdicts([])).toEqual([{ code: "pairs", level: "warning", text: "no pairs: there is nothing to learn" }]);
  });

  it("swaps with its sides, and does not depend on order but for what came first", () => {
    const text = fc.constantFrom("right", "no", "- a list", "", "<think>", "longer than that.");
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (answers) => {
        const there = diagnosePairs(
          answers.map(([a, b], i) => pair(i, a, b)),
          { isCorrect },
        );
        const back = diagnosePairs(
          answers.map(([a, b], i) => pair(i, b, a)),
          { isCorrect },
        );
        expect(back.length.mean.chosen).toBe(there.length.mean.rejected);
        expect(back.correctness.inverted).toBe(there.correctness.rightOverWrong);
        expect(back.similarity).toEqual(there.similarity);
        const { rightOverWrong, bothRight, bothWrong, inverted, judged } = there.correctness;
        expect(rightOverWrong + bothRight + bothWrong + inverted).toBe(judged);
        expect(there.similarity.histogram.reduce((sum, count) => sum + count, 0)).toBe(there.pairs);
        const turned = diagnosePairs(answers.map(([a, b], i) => pair(i, a, b)).toReversed(), { isCorrect });
        expect({ ...turned, similarity: there.similarity }).toEqual(there);
      }),
    );
  });
});

describe("deltaVerdicts", () => {
  it("says nothing where nothing stands out", () => {
    expect(texts(many(200, (i) => [`left ${i} one.`, `other ${i} two`.concat(".")]))).toEqual([]);
  });

  it("warns of length both ways, and notes a little", () => {
    expect(texts(many(200, (i) => [`${i} ${"long".repeat(23)}.`, `${i} ${"wide".repeat(10)}.`]))).toEqual([
      "warning: chosen is 2.2× longer: the delta may teach length",
    ]);
    expect(texts(many(200, (i) => [`${i} ${"long".repeat(10)}.`, `${i} ${"wide".repeat(23)}.`]))).toEqual([
      "warning: chosen is 2.2× shorter: the delta may teach brevity",
    ]);
    expect(verdicts(many(200, (i) => [`${i} ${"long".repeat(13)}.`, `${i} ${"wide".repeat(10)}.`]))).toMatchObject([
      { code: "length", level: "note" },
    ]);
  });

  it("names a format that one side has more of", () => {
    expect(texts(many(200, (i) => [`- item ${i}.`, `entry ${i} it.`]))).toEqual([
      "note: lists in 100 % of chosen and 0 % of rejected texts: the delta may teach the format",
    ]);
    expect(verdicts(many(200, (i) => [`<think>${i}.`, `entry ${i}.`]))).toMatchObject([
      { code: "format", level: "warning" },
    ]);
  });

  it("tells a better side from a worse and from chance", () => {
    const judged = (rightOverWrong: number) =>
      texts(
        many(109, (i) => (i < rightOverWrong ? [`right ${i}.`, `fault ${i}.`] : [`fault ${i}.`, `right ${i}.`])),
        { isCorrect },
      );
    expect(judged(80)[0]).toBe(
      "good: chosen is right in 73 %, rejected in 27 % of 108 pairs: the delta points to correct answers",
    );
    expect(judged(20)[0]).toMatch(/^warning: .* the delta points the wrong way$/);
    expect(judged(55)[0]).toMatch(/^note: .* no more than chance would give$/);
  });

  it("notes few pairs, pairs of nearly one text, and repetitions", () => {
    expect(texts(many(5, (i) => [`left ${i} one.`, `other ${i} two.`]))).toEqual([
      "note: only 5 pairs: the numbers below are rough",
    ]);
    expect(
      texts(
        many(200, (i) => [
          `${i} ${"the same text at length ".repeat(3)}a.`,
          `${i} ${"the same text at length ".repeat(3)}a!`,
        ]),
      ),
    ).toEqual(["note: 100 % of the pairs are nearly the same text twice: they teach little"]);
    expect(
      texts(
        many(200, (i) => ["Paris.", `town ${i}`.slice(0, 5).concat(".")]).map((row) => ({
          ...row,
          prompt: pair(0, "", "").prompt,
        })),
      ),
    ).toEqual([
      "note: 100 % of the prompts were there before: they count more than once",
      "note: 100 % of the chosen texts were there before: the delta may teach single answers",
      "note: 100 % of the rejected texts were there before: the delta may teach to avoid single answers",
    ]);
  });

  it("says where the base already prefers one side", () => {
    const scored = (likelier: number) => {
      const diagnosis = createDiagnosis();
      for (const one of many(200, (i) => [`left ${i} one.`, `other ${i} two.`])) diagnosis.add(one);
      for (let i = 0; i < 10; i++) {
        const logProbs = i < likelier ? { chosen: -1, rejected: -2 } : { chosen: -2, rejected: -1 };
        diagnosis.addScored({ logProbs, tokens: { chosen: 1, rejected: 1 } });
      }
      return deltaVerdicts(diagnosis.report()).map(({ level, text }) => `${level}: ${text}`);
    };
    expect(scored(9)).toEqual([
      "note: the base finds the chosen text likelier, token for token, in 90 % of 10 pairs: it prefers them already, there may be little to learn",
    ]);
    expect(scored(1)).toEqual([
      "note: the base finds the rejected text likelier, token for token, in 90 % of 10 pairs: the delta goes against it; are the sides the right way round?",
    ]);
    expect(scored(5)).toEqual([]);
  });
});
