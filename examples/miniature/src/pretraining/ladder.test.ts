import { expect, test } from "vitest";
import { skillNames } from "../question.ts";
import type { Rung } from "./ladder.ts";
import { ladder } from "./ladder.ts";

const rungs = Object.entries<Rung>(ladder);

test("there is one specialist a skill, and its documents are its skill's, always worked out", () => {
  const specialists = rungs.filter(([, { specialist }]) => specialist !== undefined);
  expect(specialists.map(([, { specialist }]) => specialist).toSorted()).toEqual(skillNames.toSorted());
  for (const [name, { specialist, mixture }] of specialists) {
    expect(name).toBe(`weak-${specialist}`);
    const asked = Object.keys(mixture.weights).filter((kind) => (skillNames as readonly string[]).includes(kind));
    expect(asked).toEqual([specialist]);
    expect(mixture.worked[specialist!]).toBe(1);
  }
});

test("the strong model seldom works answers out, the weaker never", () => {
  expect(Math.max(...Object.values(ladder.strong.mixture.worked))).toBeLessThan(0.5);
  expect(Math.max(...Object.values(ladder.weaker.mixture.worked))).toBe(0);
});
