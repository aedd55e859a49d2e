import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyMatrix, noise, orthonormalityError } from "./__fixtures__/arbitrary-matrix.ts";
import { frobeniusNorm, scale, scaleColumns, subtract } from "./arithmetic.ts";
import { implicitQr, type TallMatrix } from "./implicit-qr.ts";
import { hcat, identity, matrix, transpose, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";

function expectDecomposes(A: Matrix, tall: TallMatrix = A): void {
  const { Q, R } = implicitQr(tall);
  const k = Math.min(A.rows, A.cols);
  expect([Q.rows, Q.cols, R.rows, R.cols]).toEqual([A.rows, k, k, A.cols]);
  const whole = Q.times(identity(k));
  expect(orthonormalityError(whole)).toBeLessThan(1e-9);
  // Entries of A in its own column's length: a small column is right, too.
  const rest = subtract(multiply(whole, R), A);
  for (let j = 0; j < A.cols; j++) {
    const column = (B: Matrix): Matrix =>
      multiply(B, matrix(A.cols, 1, identity(A.cols).data.subarray(j * A.cols, (j + 1) * A.cols)));
    expect(frobeniusNorm(column(rest))).toBeLessThanOrEqual(1e-12 * frobeniusNorm(column(A)));
  }
  const X = noise(A.rows, 3);
  const across = Q.transposedTimes(X);
  expect(frobeniusNorm(subtract(across, multiply(whole, X, { transA: true })))).toBeLessThan(1e-11 * frobeniusNorm(X));
}

describe("implicitQr", () => {
  it("of a hand-made matrix: a 3-4-5 column, then one with a part across", () => {
    const { Q, R } = implicitQr(matrix(2, 2, [3, 1, 4, 3]));
    expect(R.data).toBeAllClose([5, 3, 0, 1], { rtol: 1e-14, atol: 1e-15 });
    expect(Q.times(identity(2)).data).toBeAllClose([0.6, -0.8, 0.8, 0.6], { rtol: 1e-14 });
  });

  it("decomposes tall, wide, rank-deficient and zero matrices alike", () => {
    fc.assert(
      fc.property(anyMatrix, (A) => expectDecomposes(A)),
      { numRuns: 300 },
    );
    expectDecomposes(matrix(4, 3));
  });

  it.each([
    [
      "of columns from 1 to 1e-100",
      scaleColumns(
        noise(90, 40),
        Float64Array.from({ length: 40 }, (_, j) => 10 ** (-j * 2.5)),
      ),
    ],
    ["of columns that copy one another", hcat([noise(60, 20), noise(60, 20)])],
    [
      "of a small change to a copy: a second pass",
      hcat([noise(60, 8), subtract(noise(60, 8), scale(noise(60, 8, 3), 1e-4))]),
    ],
    [
      "of a tiny change to a copy: reflections",
      hcat([noise(60, 8), subtract(noise(60, 8), scale(noise(60, 8, 3), 1e-7))]),
    ],
  ])("%s", (_, A) => {
    expectDecomposes(A);
  });

  it("reads float32, and a matrix that lies in memory as its transpose", () => {
    const A = matrix(70, 9, Float32Array.from(noise(70, 9).data));
    expectDecomposes(A, { ...A, data: Float32Array.from(A.data) });
    expectDecomposes(A, { rows: 70, cols: 9, data: Float32Array.from(transpose(A).data), transposed: true });
  });

  it.each([Number.NaN, Infinity])("refuses %s", (value) => {
    expect(() => implicitQr(matrix(2, 1, [0, value]))).toThrow(expect.objectContaining({ code: "E_NOT_FINITE" }));
  });
});
