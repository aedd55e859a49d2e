import fc from "fast-check";
import { expect, test } from "vitest";
import { capAnswers } from "./cap-answers.ts";
import type { Question } from "./question.ts";

const question = (gold: string, index: number): Question => ({
  id: `${gold}-${index}`,
  entity: gold,
  text: "",
  gold,
  direct: "",
  worked: "",
});

test("a frequent answer is skipped once it has its share", () => {
  const questions = ["a", "a", "a", "b", "a", "c", "d"].map(question);
  const kept = capAnswers(questions, { count: 4, share: 0.5 });
  expect(kept.map(({ id }) => id)).toEqual(["a-0", "a-1", "b-3", "c-5"]);
});

test("too few questions under the cap are an error that names the numbers", () => {
  const questions = ["a", "a", "a", "b"].map(question);
  expect(() => capAnswers(questions, { count: 4, share: 0.5 })).toThrow(/expected 4 questions, got 3 with at most 2/);
});

test("no answer exceeds its share, and the order given is kept", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 60, maxLength: 90 }), (golds) => {
      const questions = golds.map(question);
      let kept: Question[];
      try {
        kept = capAnswers(questions, { count: 20, share: 0.25 });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return;
      }
      expect(kept).toHaveLength(20);
      for (const gold of golds) expect(kept.filter((one) => one.gold === gold).length).toBeLessThanOrEqual(5);
      const positions = kept.map((one) => questions.indexOf(one));
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    }),
  );
});
