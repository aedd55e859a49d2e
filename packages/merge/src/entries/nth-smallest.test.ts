import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nthSmallest } from "./nth-smallest.ts";

describe("nthSmallest", () => {
  it("is what sorting gives, with equal numbers, at every place", () => {
    const number = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ noNaN: true, min: 0 }));
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 60 }), (values) => {
        const sorted = Float64Array.from(values).sort();
        for (const [place, expected] of sorted.entries())
          expect(nthSmallest(Float64Array.from(values), place)).toBe(expected);
      }),
    );
  });

  it("takes rising, falling and equal numbers", () => {
    const n = 200_000;
    for (const of of [(i: number) => i, (i: number) => n - i, () => 1]) {
      const values = Float64Array.from({ length: n }, (_, i) => of(i));
      expect(nthSmallest(values.slice(), n / 2)).toBe(values.sort()[n / 2]);
    }
  });
});
