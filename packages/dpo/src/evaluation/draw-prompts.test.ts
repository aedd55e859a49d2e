import { createRandom } from "@prefdelta/random";
import fc from "fast-check";
import { expect, it } from "vitest";
import { drawPrompts } from "./draw-prompts.ts";

const draw = (pairsOf: readonly number[], size: number, seed = 1): number[] => [
  ...drawPrompts(pairsOf, { size, random: createRandom(seed) }),
];
const count = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

it("sets at least the wanted pairs aside, and no prompt more than is needed for it", () => {
  const pairsOf = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 30 });
  const size = fc.oneof(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.integer({ min: 1, max: 60 }));
  fc.assert(
    fc.property(pairsOf, size, (given, wanted) => {
      const aside = draw(given, wanted);
      expect(aside).toHaveLength(given.length);
      const taken = given.filter((_, prompt) => aside[prompt] === 1);
      const pairs = wanted < 1 ? Math.round(wanted * count(given)) : Math.min(wanted, count(given));
      expect(count(taken)).toBeGreaterThanOrEqual(pairs);
      if (taken.length > 0) expect(count(taken) - Math.max(...taken)).toBeLessThan(Math.max(pairs, 1));
    }),
  );
});

it("draws by the seed", () => {
  const pairsOf = Array.from({ length: 20 }, () => 1);
  expect(draw(pairsOf, 0.25)).toEqual(draw(pairsOf, 0.25));
  expect(count(draw(pairsOf, 0.25))).toBe(5);
  expect(draw(pairsOf, 5, 2)).not.toEqual(draw(pairsOf, 5, 1));
  expect(count(draw(pairsOf, 0))).toBe(0);
});
