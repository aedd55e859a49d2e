import { expect, it } from "vitest";
import { dots } from "./dots.ts";

it("is the eight inner products, row by row, and forgets what was there", () => {
  const sums = new Float64Array(8).fill(7);
  const [x0, x1] = [Float64Array.of(1, 2), Float64Array.of(-1, 3)];
  dots([x0, x1], [Float64Array.of(1, 0), Float64Array.of(0, 1), Float64Array.of(2, 2), Float64Array.of(-3, 0.5)], sums);
  expect([...sums]).toEqual([1, 2, 6, -2, -1, 3, 4, 4.5]);
});
