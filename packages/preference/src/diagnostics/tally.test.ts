import fc from "fast-check";
import { expect, it } from "vitest";
import { createTally } from "./tally.ts";

const tallyOf = (values: readonly number[]) => {
  const tally = createTally();
  for (const value of values) tally.add(value);
  return tally;
};

it("has the median by hand: the middle one, or between the middle two", () => {
  expect(tallyOf([]).median()).toBeNull();
  expect(tallyOf([7]).median()).toBe(7);
  expect(tallyOf([9, 1, 4]).median()).toBe(4);
  expect(tallyOf([9, 1, 4, 5]).median()).toBe(4.5);
  expect(tallyOf([3, 3, 3, 8]).median()).toBe(3);
  expect(tallyOf([3, 3, 8, 8]).median()).toBe(5.5);
});

it("agrees with sorting all", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1 }), (values) => {
      const sorted = values.toSorted((a, b) => a - b);
      const middle = sorted.length >> 1;
      const expected = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
      const tally = tallyOf(values);
      expect(tally.median()).toBe(expected);
      expect(tally.sum).toBe(values.reduce((total, value) => total + value, 0));
    }),
  );
});
