import fc from "fast-check";
import { expect, test } from "vitest";

import { counted, decimals, percent, pValue, points, threeDigits } from "./format-number.ts";

test("shares are percent with one digit, differences points with their sign", () => {
  expect([0, 0.5126, 0.98, 1].map((share) => percent(share))).toEqual(["0.0", "51.3", "98.0", "100.0"]);
  expect(percent(0.42857, 0)).toBe("43");
  expect([0.102, -0.0125, 0, -0.0001].map(points)).toEqual(["+10.2", "−1.3", "+0.0", "+0.0"]);
  expect([percent(null), percent(undefined), decimals(null, 3), threeDigits(null)]).toEqual(["–", "–", "–", "–"]);
});

test("a rounded zero has no sign", () => {
  expect(decimals(-0.0004, 3)).toBe("0.000");
  expect(decimals(-0.0006, 3)).toBe("−0.001");
  expect(decimals(-0, 0)).toBe("0");
});

test("three digits, in powers of ten where that is shorter", () => {
  expect([0, 1, 0.6934, -99.0296, 1234.5, 0.0012, 1e-5, -2.5e6].map(threeDigits)).toEqual([
    ...["0", "1.00", "0.693", "−99.0", "1230", "0.00120", "1e−5", "−2.5e6"],
  ]);
});

test("p-values have no leading zero and no false exactness", () => {
  expect([1, 0.5, 0.0384, 0.001, 0.0005].map(pValue)).toEqual([
    ...["p = 1", "p = .500", "p = .038", "p = .001", "p < .001"],
  ]);
});

test("one is a word", () => {
  expect([counted(1, "pair"), counted(2, "pair"), counted(0, "entry", "entries")]).toEqual([
    ...["one pair", "2 pairs", "0 entries"],
  ]);
});

test("three digits are within half a percent of the value", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true, noDefaultInfinity: true }), (value) => {
      const read = Number(threeDigits(value).replaceAll("−", "-"));
      expect(Math.abs(read - value)).toBeLessThanOrEqual(0.0051 * Math.abs(value));
    }),
  );
});
