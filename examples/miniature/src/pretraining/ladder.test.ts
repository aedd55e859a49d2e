import { expect, test } from "vitest";
import { ladder, rungNames, stepsOf } from "./ladder.ts";

test("strong and weaker train to the end of their schedule with any seed", () => {
  expect([stepsOf("strong", 9), stepsOf("weaker", 9)]).toEqual([
    ladder.strong.scheduledSteps,
    ladder.weaker.scheduledSteps,
  ]);
});

test("a specialist stops early where that was chosen, and nowhere else", () => {
  for (const name of rungNames.filter((rung) => rung.startsWith("weak-"))) {
    for (const seed of [1, 2]) expect(stepsOf(name, seed)).toBeLessThan(ladder[name].scheduledSteps);
    expect(() => stepsOf(name, 3)).toThrow(`${name} has no stop for seed 3`);
  }
});
