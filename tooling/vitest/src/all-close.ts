import { expect } from "vitest";

/** |actual − expected| ≤ atol + rtol·|expected|, element by element, as numpy.testing.assert_allclose. */
interface Tolerance {
  rtol?: number;
  atol?: number;
}

declare module "vitest" {
  // The type parameters must repeat vitest's own declaration.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Element-wise closeness of two numeric arrays of the same length; NaN equals nothing. */
    toBeAllClose(expected: ArrayLike<number>, tolerance?: Tolerance): R;
  }
}

expect.extend({
  toBeAllClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance = {}) {
    const { rtol = 1e-5, atol = 1e-8 } = tolerance;
    if (actual.length !== expected.length) {
      return { pass: false, message: () => `expected ${expected.length} elements, got ${actual.length}` };
    }
    let worst = -1;
    let worstExcess = 0;
    for (let i = 0; i < actual.length; i++) {
      const a = actual[i]!;
      const e = expected[i]!;
      if (a === e) continue;
      const excess = Math.abs(a - e) - (atol + rtol * Math.abs(e));
      if (!(excess <= 0) && !(excess <= worstExcess)) {
        worst = i;
        worstExcess = Number.isNaN(excess) ? Infinity : excess;
      }
    }
    return {
      pass: worst < 0,
      message: () =>
        worst < 0
          ? "expected the arrays to differ"
          : `worst at [${worst}]: expected ${expected[worst]}, got ${actual[worst]} (rtol ${rtol}, atol ${atol})`,
    };
  },
});
