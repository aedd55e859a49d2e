import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyMatrix, noise, orthonormalityError } from "./__fixtures__/arbitrary-matrix.ts";
import { add, frobeniusNorm, scale, scaleColumns, subtract } from "./arithmetic.ts";
import { eigenSymmetric } from "./eigen-symmetric.ts";
import { identity, matrix, transpose, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { svd } from "./svd.ts";

function expectDecomposes(A: Matrix): void {
  const { values, vectors } = eigenSymmetric(A);
  expect(orthonormalityError(vectors)).toBeLessThan(1e-12);
  const back = multiply(scaleColumns(vectors, values), vectors, { transB: true });
  expect(frobeniusNorm(subtract(back, A))).toBeLessThanOrEqual(1e-12 * frobeniusNorm(A));
  expect(values).toEqual(values.toSorted().toReversed());
}

describe("eigenSymmetric", () => {
  it("of a hand-made matrix: [[2, 1], [1, 2]] has 3 along (1, 1) and 1 along (1, −1)", () => {
    const { values, vectors } = eigenSymmetric(matrix(2, 2, [2, 1, 1, 2]));
    expect(values).toBeAllClose([3, 1], { rtol: 1e-15 });
    expect(vectors.data[0]! * vectors.data[2]!).toBeCloseTo(0.5, 14);
    expect(vectors.data[1]! * vectors.data[3]!).toBeCloseTo(-0.5, 14);
  });

  it("decomposes symmetric matrices, also indefinite and with equal eigenvalues", () => {
    fc.assert(
      fc.property(anyMatrix, (A) => {
        expectDecomposes(multiply(A, A, { transA: true }));
        if (A.rows === A.cols) expectDecomposes(add(A, transpose(A)));
      }),
      { numRuns: 300 },
    );
  });

  it("has the same values, to the last digit, whether or not vectors were asked for", () => {
    fc.assert(
      fc.property(anyMatrix, (A) => {
        const gram = multiply(A, A, { transA: true });
        const [alone, beside] = [eigenSymmetric(gram), eigenSymmetric(gram)];
        const { vectors } = beside;
        expect(alone.values).toEqual(beside.values);
        expect(alone.vectors).toEqual(vectors);
      }),
      { numRuns: 100 },
    );
  });

  it("has the squared singular values for a Gram matrix", () => {
    fc.assert(
      fc.property(anyMatrix, (A) => {
        const { values } = eigenSymmetric(multiply(A, A, { transA: true }));
        expect(values.slice(0, Math.min(A.rows, A.cols))).toBeAllClose(
          svd(A).S.map((s) => s * s),
          { rtol: 1e-12, atol: 1e-12 },
        );
      }),
    );
  });

  it.each([0, 1e-310, 1e-160, 1e200])("at scale %g", (size) => {
    expectDecomposes(scale(matrix(3, 3, [2, 1, 0, 1, 3, 1, 0, 1, 4]), size));
  });

  it.each([
    ["indefinite", add(noise(61, 61), transpose(noise(61, 61)))],
    ["of low rank", multiply(noise(50, 9), noise(50, 9), { transB: true })],
    ["diagonal", multiply(identity(33), identity(33))],
    [
      "of equal values",
      multiply(matrix(40, 1, new Float64Array(40).fill(1)), matrix(40, 1, new Float64Array(40).fill(1)), {
        transB: true,
      }),
    ],
  ])("decomposes a larger matrix: %s", (_, A) => {
    expectDecomposes(A);
  });

  it("refuses what is not square, not symmetric or not finite", () => {
    expect(() => eigenSymmetric(matrix(1, 2))).toThrow("expected a square matrix, got 1 × 2");
    expect(() => eigenSymmetric(matrix(2, 2, [1, 5, 6, 1]))).toThrow("[1, 0] = 6 and [0, 1] = 5");
    expect(() => eigenSymmetric(matrix(2, 2, [1, 5, 6, 1]))).toThrow(
      expect.objectContaining({ code: "E_NOT_SYMMETRIC" }),
    );
    expect(() => eigenSymmetric(matrix(1, 1, [Number.NaN]))).toThrow(expect.objectContaining({ code: "E_NOT_FINITE" }));
    expect(eigenSymmetric(matrix(0, 0))).toEqual({ values: new Float64Array(0), vectors: matrix(0, 0) });
  });
});
