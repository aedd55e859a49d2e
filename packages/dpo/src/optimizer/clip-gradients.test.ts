import fc from "fast-check";
import { expect, it } from "vitest";
import { clipGradients, gradientNorm } from "./clip-gradients.ts";

const gradients = (): Map<string, Float32Array> =>
  new Map([
    ["a", Float32Array.of(3, 0)],
    ["b", Float32Array.of(0, -4)],
  ]);

it("takes one norm over all arrays and scales them alike", () => {
  const clipped = gradients();
  expect(clipGradients(clipped, 1)).toBe(5);
  expect(clipped.get("a")!).toBeAllClose([0.6, 0], { rtol: 1e-6 });
  expect(clipped.get("b")!).toBeAllClose([0, -0.8], { rtol: 1e-6 });
});

it.each([0, 5.1])("leaves them as they are at a limit of %d", (limit) => {
  const kept = gradients();
  expect(clipGradients(kept, limit)).toBe(5);
  expect(kept).toEqual(gradients());
});

it("says NaN where a gradient is not a number", () => {
  expect(clipGradients(new Map([["a", Float32Array.of(1, Number.NaN)]]), 1)).toBeNaN();
});

it("never leaves more than the limit, and never turns a gradient", () => {
  const values = fc.float32Array({ minLength: 1, maxLength: 20, noNaN: true, min: -1e6, max: 1e6 });
  fc.assert(
    fc.property(values, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (array, limit) => {
      const clipped = new Map([["a", array.slice()]]);
      const norm = clipGradients(clipped, limit);
      expect(gradientNorm(clipped)).toBeLessThanOrEqual(Math.min(norm, limit) * (1 + 1e-6));
      array.forEach((g, i) => expect(clipped.get("a")![i]! * g).toBeGreaterThanOrEqual(0));
    }),
  );
});
