import { expect, test } from "vitest";

import { createMilestones } from "./milestones.ts";

function run(steps: readonly [seconds: number, done: number][], start = 0): string[] {
  const lines: string[] = [];
  let seconds = 0;
  const progress = createMilestones("train/facts", {
    total: 40,
    unit: "steps",
    start,
    line: (text) => lines.push(text),
    now: () => seconds * 1000,
  });
  for (const [time, done] of steps) {
    seconds = time;
    progress.update(done, "loss 0.5");
  }
  progress.stop();
  return lines;
}

test("a quarter is told with its rate and the time left", () => {
  expect(run([[20, 10]])).toEqual(["  train/facts: 10/40 steps, 0.50/s, 60 s left, loss 0.5"]);
});

test("work between quarters, and work under ten seconds, is silent", () => {
  expect(run([[30, 9]])).toEqual([]);
  expect(run([[2, 10], [4, 20], [6, 30], [9, 40]])).toEqual([]); // oxfmt-ignore
});

test("the rate of resumed work counts only what was done now", () => {
  expect(run([[10, 30]], 10)).toEqual(["  train/facts: 30/40 steps, 2.00/s, 5 s left, loss 0.5"]);
});
