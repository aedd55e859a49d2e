import fc from "fast-check";
import { expect, test } from "vitest";

import type { Point } from "./series.ts";
import { thinPoints } from "./thin-points.ts";

test("few points are left as they are", () => {
  const points = [1, 2, 3, 4].map((x) => ({ x, y: x }));
  expect(thinPoints(points, 1)).toBe(points);
});

test("of a column the first, the lowest, the highest, the last, and that there was a gap", () => {
  const values = [5, 7, null, null, 1, 4, 3, 2, 9, 6];
  const points = values.map((y, x) => ({ x, y }));
  expect(thinPoints(points, 1).map(({ y }) => y)).toEqual([5, null, 1, 9, 6]);
});

const curve = fc
  .array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { freq: 8 }), { minLength: 1, maxLength: 400 })
  .map((values) => values.map((y, x): Point => ({ x, y })));

test("few enough are kept, in order, with both ends and both extremes", () => {
  fc.assert(
    fc.property(curve, fc.integer({ min: 1, max: 40 }), (points, columns) => {
      const kept = thinPoints(points, columns);
      expect(kept.length).toBeLessThanOrEqual(5 * columns);
      expect(kept).toEqual(points.filter((point) => kept.includes(point)));
      expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
      const known = (some: readonly Point[]): number[] => some.flatMap(({ y }) => y ?? []);
      expect(Math.max(...known(kept))).toBe(Math.max(...known(points)));
      expect(Math.min(...known(kept))).toBe(Math.min(...known(points)));
    }),
  );
});
