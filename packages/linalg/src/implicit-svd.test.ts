import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyMatrix, noise, orthonormalityError } from "./__fixtures__/arbitrary-matrix.ts";
import { frobeniusNorm, scale, scaleColumns, subtract } from "./arithmetic.ts";
import { implicitSvd } from "./implicit-svd.ts";
import { identity, matrix, transpose, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { svd } from "./svd.ts";

function expectDecomposes(A: Matrix): void {
  const { U, S, V } = implicitSvd(A);
  const k = Math.min(A.rows, A.cols);
  expect([U.rows, U.cols, S.length, V.rows, V.cols]).toEqual([A.rows, k, k, A.cols, k]);
  const whole = V.times(identity(k));
  expect(orthonormalityError(U)).toBeLessThan(1e-11);
  expect(orthonormalityError(whole)).toBeLessThan(1e-9);
  const rest = subtract(multiply(scaleColumns(U, S), whole, { transB: true }), A);
  expect(frobeniusNorm(rest)).toBeLessThanOrEqual(1e-12 * frobeniusNorm(A));
  const expected = svd(A).S;
  expect(S).toBeAllClose(expected, { rtol: 1e-9, atol: 1e-12 * (expected[0] ?? 0) });
  const X = noise(A.cols, 3);
  const across = subtract(V.transposedTimes(X), multiply(whole, X, { transA: true }));
  expect(frobeniusNorm(across)).toBeLessThan(1e-9 * frobeniusNorm(X));
}

describe("implicitSvd", () => {
  it("of a hand-made matrix: lengths 5 and 2 at right angles", () => {
    const { U, S, V } = implicitSvd(matrix(2, 3, [0, 2, 0, 3, 0, 4]));
    expect(S).toBeAllClose([5, 2], { rtol: 1e-14 });
    expect(U.data.map(Math.abs)).toBeAllClose([0, 1, 1, 0], { atol: 1e-15 });
    expect(V.times(identity(2)).data.map(Math.abs)).toBeAllClose([0.6, 0, 0, 1, 0.8, 0], { rtol: 1e-14, atol: 1e-15 });
  });

  it("decomposes wide, tall, rank-deficient, zero and empty matrices alike", () => {
    fc.assert(
      fc.property(anyMatrix, (A) => {
        expectDecomposes(A);
        expectDecomposes(transpose(A));
      }),
      { numRuns: 200 },
    );
    expectDecomposes(matrix(3, 4));
    expectDecomposes(matrix(0, 4));
  });

  it.each([1e-100, 1e-200, 1e100])("whatever the size: times %d", (size) => {
    expectDecomposes(scale(noise(30, 70), size));
  });

  it.each([
    ["as they come", 2.9],
    ["further apart than squares can tell", 5],
    ["further apart than rounding can tell", 20],
  ])("singular values over decades, %s", (_, decades) => {
    const { U, V } = svd(noise(30, 80));
    const S = Float64Array.from({ length: 30 }, (_, j) => 10 ** ((-decades * j) / 29));
    expectDecomposes(multiply(scaleColumns(U, S), V, { transB: true }));
  });
});
