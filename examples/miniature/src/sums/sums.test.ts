import { createRandom } from "@prefdelta/random";
import fc from "fast-check";
import { expect, test } from "vitest";
import { drawExpression, expressionSplit } from "./expression.ts";
import { drawSumsQuestions, sumsQuestion } from "./sums-questions.ts";

/** "2+5-3" by its own arithmetic, left to right. */
function evaluate(text: string): number {
  return (text.match(/[+-]?\d/g) ?? []).reduce((sum, term) => sum + Number(term), 0);
}

test("a drawn expression has seven digits, never falls below zero, and its steps lead to its value", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { text, steps, value } = drawExpression(createRandom(seed));
      expect(text).toMatch(/^[1-9]([+-][1-9]){6}$/);
      expect(value).toBe(evaluate(text));
      let running = text[0];
      steps.forEach((step, i) => {
        const [left = "", right = ""] = step.split("=");
        expect(left).toBe(`${running}${text.slice(1 + 2 * i, 3 + 2 * i)}`);
        expect(Number(right)).toBeGreaterThanOrEqual(0);
        running = right;
      });
      expect(running).toBe(String(value));
    }),
  );
});

test("a question shows the expression; worked, every step", () => {
  expect(sumsQuestion({ text: "2+5-3", steps: ["2+5=7", "7-3=4"], value: 4 })).toEqual({
    id: "sums-2+5-3",
    entity: "2+5-3",
    text: " What is 2+5-3?",
    gold: "4",
    direct: "=<answer>4</answer>",
    worked: "2+5=7;7-3=4.<answer>4</answer>",
  });
});

test("draws keep to their split, and the splits have their shares", () => {
  for (const split of ["pre", "dpo", "dev", "eval"] as const) {
    const drawn = drawSumsQuestions(split, createRandom(1)).take(50);
    for (const { entity } of drawn) expect(expressionSplit(entity)).toBe(split);
  }
  const counts = { pre: 0, dpo: 0, dev: 0, eval: 0 };
  const random = createRandom(2);
  for (let i = 0; i < 4000; i++) counts[expressionSplit(drawExpression(random).text)]++;
  // Four standard deviations of a binomial share at n = 4,000 are at most 0.032.
  expect(Object.values(counts).map((count) => count / 4000)).toBeAllClose([0.5, 0.15, 0.05, 0.3], { atol: 0.032 });
});
