import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyMatrix, noise, orthonormal, orthonormalityError } from "./__fixtures__/arbitrary-matrix.ts";
import { frobeniusNorm, scale, scaleColumns, subtract } from "./arithmetic.ts";
import { hcat, identity, matrix, transpose, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { svd } from "./svd.ts";
import { thinQr } from "./thin-qr.ts";

function expectDecomposes(A: Matrix): void {
  const { U, S, V } = svd(A);
  const k = Math.min(A.rows, A.cols);
  expect([U.rows, U.cols, S.length, V.rows, V.cols]).toEqual([A.rows, k, k, A.cols, k]);
  expect(orthonormalityError(U)).toBeLessThan(1e-12);
  expect(orthonormalityError(V)).toBeLessThan(1e-12);
  const back = multiply(scaleColumns(U, S), V, { transB: true });
  expect(frobeniusNorm(subtract(back, A))).toBeLessThanOrEqual(1e-12 * frobeniusNorm(A));
  for (const [j, value] of S.entries()) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(S[j - 1] ?? Infinity);
  }
}

describe("svd", () => {
  it("of a hand-made matrix: [[3, 0], [4, 5]] has 3√5 and √5", () => {
    const { S, V } = svd(matrix(2, 2, [3, 0, 4, 5]));
    expect(S).toBeAllClose([3 * Math.sqrt(5), Math.sqrt(5)], { rtol: 1e-14 });
    expect(V.data.map(Math.abs)).toBeAllClose(new Float64Array(4).fill(Math.SQRT1_2), { rtol: 1e-14 });
  });

  it("decomposes tall, wide, rank-deficient matrices and equal singular values", () => {
    fc.assert(fc.property(anyMatrix, expectDecomposes), { numRuns: 500 });
  });

  it("finds the singular values that a matrix was made of", () => {
    const values = [4, 4, 1, 1e-9, 0];
    fc.assert(
      fc.property(orthonormal(9, 5), orthonormal(6, 5), (U, V) => {
        const { S } = svd(multiply(scaleColumns(U, values), V, { transB: true }));
        expect(S).toBeAllClose([...values, 0], { rtol: 0, atol: 1e-14 });
      }),
    );
  });

  it.each([0, 1e-310, 1e-200, 1e200, 1e307])("at scale %g", (size) => {
    expectDecomposes(scale(matrix(3, 3, [1, 2, 3, 4, 5, 6, 7, 8, 10]), size));
  });

  // Beyond the size that ml-matrix decomposes.
  it.each([
    ["full rank", noise(70, 61)],
    ["half rank", multiply(noise(50, 25), noise(25, 60, 3))],
    ["copied columns", hcat([noise(60, 30), noise(60, 30)])],
    [
      "columns over 20 orders of magnitude",
      scaleColumns(
        noise(48, 48),
        Float64Array.from({ length: 48 }, (_, j) => 10 ** (-j / 2.4)),
      ),
    ],
    [
      "rows over 20 orders of magnitude",
      transpose(
        scaleColumns(
          noise(48, 48),
          Float64Array.from({ length: 48 }, (_, j) => 10 ** (j / 2.4)),
        ),
      ),
    ],
    ["equal values", thinQr(noise(40, 40)).Q],
    ["zero", matrix(30, 30)],
    ["near the smallest number", scale(noise(30, 30), 1e-300)],
  ])("of a larger matrix: %s", (_, A) => {
    expectDecomposes(A);
  });

  it("finds small singular values of a larger matrix that its Gram matrix has lost", () => {
    const values = Float64Array.from({ length: 40 }, (_, j) => 10 ** (-j / 4)); // 1 to 1e-9.75
    const A = multiply(scaleColumns(thinQr(noise(50, 40)).Q, values), thinQr(noise(45, 40, 5)).Q, { transB: true });
    expect(svd(A).S.subarray(0, 40)).toBeAllClose(values, { rtol: 0, atol: 1e-14 });
  });

  it("of the identity, and of a matrix without columns", () => {
    expectDecomposes(identity(6));
    expect(svd(matrix(3, 0))).toEqual({ U: matrix(3, 0), S: new Float64Array(0), V: matrix(0, 0) });
    expect(svd(matrix(0, 3))).toEqual({ U: matrix(0, 0), S: new Float64Array(0), V: matrix(3, 0) });
  });

  it.each([Number.NaN, Infinity])("refuses %s", (value) => {
    expect(() => svd(matrix(2, 1, [0, value]))).toThrow(expect.objectContaining({ code: "E_NOT_FINITE" }));
  });
});
