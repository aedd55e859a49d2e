import type { ItemResult, Skills } from "@prefdelta/eval";
import { createRandom } from "@prefdelta/random";
import { expect, test } from "vitest";

import { findLeaders } from "./leaders.ts";

const options = { random: createRandom(1), draws: 500 };

/** Forty items a skill, of which those from one place to another are right. */
function row(
  name: string,
  right: Record<string, readonly [from: number, to: number]>,
): { name: string; skills: Skills } {
  const skills = Object.entries(right).map(([skill, [from, to]]) => [
    skill,
    Array.from({ length: 40 }, (_, i): ItemResult => ({
      ...{ id: `${skill}-${i}`, cluster: `c${i}`, correct: i >= from && i < to },
      ...{ prediction: null, answers: ["x"], searches: 0, truncated: false },
    })),
  ]);
  return { name, skills: Object.fromEntries(skills) as Skills };
}

test("who is ahead in each column, and who is not told from it", () => {
  const rows = [
    row("base", { x: [0, 4], y: [0, 4] }),
    row("near", { x: [0, 30], y: [0, 4] }),
    row("best", { x: [0, 31], y: [0, 36] }),
  ];
  expect(findLeaders(rows, options)).toEqual({
    skills: { x: { model: "best", not_told_apart: ["near"] }, y: { model: "best", not_told_apart: [] } },
    average: { model: "best", not_told_apart: [] },
  });
});

test("one item more is told apart by no test, however high both are; many items that go both ways neither", () => {
  const rows = [row("a", { x: [0, 20] }), row("b", { x: [20, 40] }), row("c", { x: [0, 19] })];
  expect(findLeaders(rows, options).skills["x"]).toEqual({ model: "a", not_told_apart: ["b", "c"] });
});

test("of equals the first is called ahead, and none is the best", () => {
  const rows = [row("a", { x: [0, 9] }), row("b", { x: [0, 9] })];
  expect(findLeaders(rows, options).average).toEqual({ model: "a", not_told_apart: ["b"] });
  expect(findLeaders(rows.toReversed(), options).average).toEqual({ model: "b", not_told_apart: ["a"] });
});

test("the average weighs skills alike, not items", () => {
  const few = (name: string, right: number) => {
    const { skills } = row(name, { x: [0, right], y: [0, 40 - right] });
    return { name, skills: { x: skills["x"]!.slice(0, 8), y: skills["y"]! } };
  };
  // 8 of 8 and 32 of 40, against 4 of 8 and 36 of 40.
  expect(findLeaders([few("b", 4), few("a", 8)], options).average.model).toBe("a");
});
