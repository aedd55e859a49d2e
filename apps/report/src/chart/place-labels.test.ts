import fc from "fast-check";
import { expect, test } from "vitest";

import { placeLabels } from "./place-labels.ts";

const place = (wanted: number[]): number[] => placeLabels(wanted, { gap: 10, from: 0, to: 100 });

test.each([
  [[50], [50]],
  [
    [20, 80],
    [20, 80],
  ],
  [
    [50, 50],
    [50, 60],
  ],
  [
    [52, 50],
    [60, 50],
  ],
  [
    [98, 99],
    [90, 100],
  ],
  [
    [-5, 120],
    [0, 100],
  ],
  [[], []],
])("labels that would stand at %j stand at %j", (wanted, placed) => {
  expect(place(wanted)).toEqual(placed);
});

test("where they cannot be a gap apart they share the space", () => {
  expect(placeLabels([1, 1, 1], { gap: 10, from: 0, to: 10 })).toEqual([0, 5, 10]);
});

test("apart, in order, and within", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 150 }), { maxLength: 9 }), (wanted) => {
      const placed = place(wanted);
      const sorted = placed.toSorted((a, b) => a - b);
      for (const [i, height] of sorted.entries()) {
        expect(height).toBeGreaterThanOrEqual(0);
        expect(height).toBeLessThanOrEqual(100);
        if (i > 0) expect(height - sorted[i - 1]!).toBeGreaterThanOrEqual(10 - 1e-9);
      }
      for (const [i, a] of wanted.entries())
        for (const [j, b] of wanted.entries()) if (a < b) expect(placed[i]).toBeLessThan(placed[j]!);
    }),
  );
});
