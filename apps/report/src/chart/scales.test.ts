import fc from "fast-check";
import { expect, test } from "vitest";

import { scalesOf } from "./scales.ts";
import type { Plot } from "./scales.ts";

const plot: Plot = { left: 0, right: 100, top: 0, bottom: 50 };
const scales = (values: readonly (number | null)[], within?: readonly [number, number]) =>
  scalesOf([{ name: "s", style: "first", points: values.map((y, x) => ({ x, y })) }], plot, within);

test("x runs over what there is, y to round numbers around it, upwards", () => {
  const { x, y } = scales([0.13, 0.68, 0.4]);
  expect([x(0), x(2)]).toEqual([0, 100]);
  expect(y.domain()).toEqual([0, 0.8]);
  expect([y(0), y(0.8)]).toEqual([50, 0]);
});

test.each([
  [[5], [4.5, 5.5]],
  [
    [5, 5 + 1e-12],
    [4.5, 5.5],
  ],
  [
    [0, 0],
    [0, 1],
  ],
  [[3e-323], [0, 1]],
  [[null], [0, 1]],
  [[], [0, 1]],
])("of values %j that are one point, y is from %j on", (values, [low, high]) => {
  const [from, to] = scales(values).y.domain() as [number, number];
  expect(from).toBeLessThanOrEqual(low!);
  expect(to).toBeGreaterThanOrEqual(high! - 1e-9);
  expect(to - from).toBeLessThan(3 * (high! - low!));
});

test("natural ends are kept as they are", () => {
  expect(scales([0.2, 0.3], [0, 1]).y.domain()).toEqual([0, 1]);
});

test("every value has its place in the plot, and there are some ticks, but not many", () => {
  const value = fc.double({ noNaN: true, min: -1e100, max: 1e100 });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
      const { y } = scales(values);
      for (const one of values) {
        expect(y(one)).toBeGreaterThanOrEqual(-1e-6);
        expect(y(one)).toBeLessThanOrEqual(50 + 1e-6);
      }
      expect(y.ticks(3).length).toBeGreaterThan(1);
      expect(y.ticks(3).length).toBeLessThan(9);
    }),
  );
});
