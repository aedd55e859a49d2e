import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orthonormal, orthonormalityError, wholeMatrix } from "./__fixtures__/arbitrary-matrix.ts";
import { frobeniusNorm, subtract } from "./arithmetic.ts";
import { matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { polar } from "./polar.ts";

describe("polar", () => {
  it("of a scaled rotation is the rotation", () => {
    expect(polar(matrix(2, 2, [3, -4, 4, 3])).data).toBeAllClose([0.6, -0.8, 0.8, 0.6], { rtol: 1e-14 });
  });

  it("has orthonormal columns and leaves a symmetric factor behind", () => {
    fc.assert(
      fc.property(wholeMatrix(5, 3), (A) => {
        const Q = polar(A);
        expect(orthonormalityError(Q)).toBeLessThan(1e-12);
        const H = multiply(Q, A, { transA: true });
        for (const [i, j] of [
          [0, 1],
          [0, 2],
          [1, 2],
        ] as const) {
          expect(Math.abs(H.data[i * 3 + j]! - H.data[j * 3 + i]!)).toBeLessThan(1e-12);
        }
      }),
    );
  });

  it("is nearer than any other orthonormal matrix", () => {
    fc.assert(
      fc.property(wholeMatrix(4, 2), orthonormal(4, 2), (A, other) => {
        expect(frobeniusNorm(subtract(A, polar(A)))).toBeLessThanOrEqual(frobeniusNorm(subtract(A, other)) + 1e-12);
      }),
    );
  });
});
