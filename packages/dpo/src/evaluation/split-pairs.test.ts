import { createRandom } from "@prefdelta/random";
import fc from "fast-check";
import { expect, it } from "vitest";
import { splitPairs } from "./split-pairs.ts";

const pairs = (prompts: readonly number[]) =>
  prompts.map((prompt, i) => ({ prompt: `p${prompt}`, chosen: `c${i}`, rejected: "r", prompt_id: `${i}` }));
const split = (prompts: readonly number[], size: number, seed = 1) =>
  splitPairs(pairs(prompts), { size, random: createRandom(seed) });

it("keeps a prompt's pairs together, loses none, and leaves the order", () => {
  const prompts = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 });
  const size = fc.oneof(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.integer({ min: 1, max: 30 }));
  fc.assert(
    fc.property(prompts, size, (given, wanted) => {
      const { training, evaluation } = split(given, wanted);
      const aside = new Set(evaluation.map(({ prompt }) => prompt));
      expect(training.some(({ prompt }) => aside.has(prompt))).toBe(false);
      const ids = (part: typeof training): number[] => part.map(({ prompt_id }) => Number(prompt_id));
      expect(ids(training)).toEqual(ids(training).toSorted((a, b) => a - b));
      expect([...ids(training), ...ids(evaluation)].toSorted((a, b) => a - b)).toEqual(given.map((_, i) => i));
      const count = wanted < 1 ? Math.round(wanted * given.length) : Math.min(wanted, given.length);
      expect(evaluation.length).toBeGreaterThanOrEqual(count);
    }),
  );
});

it("draws by the seed", () => {
  const prompts = Array.from({ length: 20 }, (_, i) => i);
  expect(split(prompts, 0.25)).toEqual(split(prompts, 0.25));
  expect(split(prompts, 0.25).evaluation).toHaveLength(5);
  expect(split(prompts, 5, 2).evaluation).not.toEqual(split(prompts, 5, 1).evaluation);
  expect(split(prompts, 0).evaluation).toEqual([]);
});
