import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyMatrix, orthonormalityError } from "./__fixtures__/arbitrary-matrix.ts";
import { frobeniusNorm, scale, subtract } from "./arithmetic.ts";
import { matrix, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { thinQr } from "./thin-qr.ts";

function expectDecomposes(A: Matrix): void {
  const { Q, R } = thinQr(A);
  const k = Math.min(A.rows, A.cols);
  expect([Q.rows, Q.cols, R.rows, R.cols]).toEqual([A.rows, k, k, A.cols]);
  expect(orthonormalityError(Q)).toBeLessThan(1e-14);
  expect(frobeniusNorm(subtract(multiply(Q, R), A))).toBeLessThanOrEqual(1e-14 * frobeniusNorm(A));
  for (let i = 0; i < k; i++) {
    expect(R.data[i * R.cols + i]).toBeGreaterThanOrEqual(0);
    expect(R.data.subarray(i * R.cols, i * R.cols + i)).toEqual(new Float64Array(i));
  }
}

describe("thinQr", () => {
  it("of a hand-made matrix: a 3-4-5 column, then one with a part across", () => {
    const { Q, R } = thinQr(matrix(2, 2, [3, 1, 4, 3]));
    expect(R.data).toBeAllClose([5, 3, 0, 1], { rtol: 1e-15, atol: 1e-15 });
    expect(Q.data).toBeAllClose([0.6, -0.8, 0.8, 0.6], { rtol: 1e-15, atol: 1e-15 });
  });

  it("decomposes tall, wide, rank-deficient and zero matrices alike", () => {
    fc.assert(fc.property(anyMatrix, expectDecomposes), { numRuns: 300 });
    expectDecomposes(matrix(4, 3));
  });

  it.each([1e-300, 1e-160, 1e300])("at scale %g", (size) => {
    expectDecomposes(scale(matrix(3, 2, [1, 2, 3, 4, 5, 6]), size));
  });

  it("keeps Q orthonormal when columns differ by 160 orders of magnitude", () => {
    expectDecomposes(matrix(3, 3, [1, 1e-160, 2e-300, 2, 3e-160, 1e-300, 1, -1e-160, 5e-300]));
  });

  it("of a matrix without columns is empty", () => {
    expect(thinQr(matrix(3, 0))).toEqual({ Q: matrix(3, 0), R: matrix(0, 0) });
  });

  it.each([Number.NaN, Infinity, -Infinity])("refuses %s", (value) => {
    expect(() => thinQr(matrix(1, 2, [0, value]))).toThrow(expect.objectContaining({ code: "E_NOT_FINITE" }));
  });
});
