import { matrix } from "@prefdelta/linalg";
import { createRandom, normal } from "@prefdelta/random";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixRows } from "./delta-rows.ts";
import { magnitudeThreshold } from "./magnitude-threshold.ts";

const rowsOf = (values: ArrayLike<number>, cols = values.length) =>
  matrixRows(matrix(values.length / cols, cols, values), { weight: 1, index: 0 });

describe("magnitudeThreshold", () => {
  it("is the magnitude of the entry of that place", () => {
    expect([1, 2, 3, 4].map((keep) => magnitudeThreshold(rowsOf([-3, 1, 2, -0.5]), keep))).toEqual([3, 2, 1, 0]);
    expect(magnitudeThreshold(rowsOf([1, 2]), 0)).toBe(Infinity);
  });

  const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 40 });

  it.each([1, 3, undefined])("is what sorting gives, whatever is sorted at once: %s", (sortedAtOnce) => {
    const property = fc.property(values, fc.nat(), (data, place) => {
      const keep = 1 + (place % data.length);
      const sorted = Float64Array.from(data, Math.abs).sort();
      const expected = keep === data.length ? 0 : sorted[data.length - keep];
      expect(magnitudeThreshold(rowsOf(data), keep, sortedAtOnce)).toBe(expected);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it("reads many blocks of rows, and equal magnitudes", () => {
    const random = createRandom(1);
    const data = Float64Array.from({ length: 100 * 1000 }, () => normal(random));
    data.fill(0.25, 0, 30_000);
    const sorted = data.map(Math.abs).sort();
    for (const keep of [1, 10_000, 60_000, 99_999]) {
      expect(magnitudeThreshold(rowsOf(data, 1000), keep, 1000)).toBe(sorted[data.length - keep]);
    }
  });
});
