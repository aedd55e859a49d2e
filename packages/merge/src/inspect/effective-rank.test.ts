import { expect, it } from "vitest";
import { effectiveRank } from "./effective-rank.ts";

it("is the number of equal singular values, and less for unequal ones", () => {
  expect(effectiveRank(Float64Array.of(2, 2, 2))).toBeCloseTo(3, 12);
  expect(effectiveRank(Float64Array.of(5, 0))).toBeCloseTo(1, 12);
  // shares 0.8 and 0.2
  expect(effectiveRank(Float64Array.of(2, 1))).toBeCloseTo(0.8 ** -0.8 * 0.2 ** -0.2, 12);
  expect(effectiveRank(Float64Array.of(0, 0))).toBe(0);
  expect(effectiveRank(new Float64Array(0))).toBe(0);
});
