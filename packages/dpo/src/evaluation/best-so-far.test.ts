import { expect, it } from "vitest";
import { type BestSoFar, updateBest } from "./best-so-far.ts";

const follow = (values: readonly number[], greaterIsBetter: boolean, threshold = 0): BestSoFar[] => {
  const states: BestSoFar[] = [];
  for (const [i, value] of values.entries()) {
    states.push(updateBest(states.at(-1), { step: i + 1, value }, { greaterIsBetter, threshold }));
  }
  return states;
};

it("keeps the best step, and counts evaluations that brought nothing", () => {
  expect(follow([3, 2, 2, 4, 1], false)).toEqual([
    { step: 1, value: 3, stale: 0 },
    { step: 2, value: 2, stale: 0 },
    { step: 2, value: 2, stale: 1 },
    { step: 2, value: 2, stale: 2 },
    { step: 5, value: 1, stale: 0 },
  ]);
  expect(follow([3, 2, 4], true).at(-1)).toEqual({ step: 3, value: 4, stale: 0 });
});

it("takes a gain within the threshold for the best, but not for progress", () => {
  expect(follow([3, 2.5, 2.4], false, 1).at(-1)).toEqual({ step: 3, value: 2.4, stale: 2 });
});

it("never takes what is no number for better", () => {
  expect(follow([3, Number.NaN], false).at(-1)).toEqual({ step: 1, value: 3, stale: 1 });
  expect(follow([Number.NaN, 3], false).at(-1)).toMatchObject({ step: 2, value: 3 });
});
