import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { orthonormalityError } from "./__fixtures__/arbitrary-matrix.ts";
import { normals } from "./__fixtures__/normals.ts";
import { frobeniusNorm, scaleColumns, subtract } from "./arithmetic.ts";
import { matrix, transpose, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { randomisedSvd } from "./randomised-svd.ts";
import { svd } from "./svd.ts";
import { thinQr } from "./thin-qr.ts";

/** A rows × cols matrix with these singular values. */
function withValues(values: readonly number[], rows: number, cols: number): Matrix {
  const normal = normals(rows + cols);
  const random = (n: number) =>
    thinQr(matrix(n, values.length, Float64Array.from({ length: n * values.length }, normal))).Q;
  return multiply(scaleColumns(random(rows), values), random(cols), { transB: true });
}

const back = ({ U, S, V }: ReturnType<typeof randomisedSvd>): Matrix =>
  multiply(scaleColumns(U, S), V, { transB: true });
const best = (A: Matrix, rank: number): number => Math.hypot(...svd(A).S.slice(rank));

describe("randomisedSvd", () => {
  it("finds the leading terms of a matrix whose values fall", () => {
    const values = Array.from({ length: 40 }, (_, j) => 0.7 ** j);
    const A = withValues(values, 70, 50);
    const found = randomisedSvd(A, { rank: 5, normal: normals(1) });
    expect([found.U.cols, found.V.cols]).toEqual([5, 5]);
    expect(found.S).toBeAllClose(values.slice(0, 5), { rtol: 1e-10 });
    expect(orthonormalityError(found.U)).toBeLessThan(1e-12);
    expect(orthonormalityError(found.V)).toBeLessThan(1e-12);
    expect(found.error).toBeCloseTo(frobeniusNorm(subtract(A, back(found))), 10);
    expect(found.leastError).toBeLessThanOrEqual(best(A, 5));
    expect(found.leastError).toBeGreaterThan(0.99 * found.error);
  });

  it.each([
    ["falling slowly", (j: number) => 1 / Math.sqrt(j + 1)],
    ["flat", () => 1],
    ["one large over noise", (j: number) => (j === 0 ? 10 : 0.1)],
  ])("bounds the best error from below and reports its own as it is: %s", (_, valueOf) => {
    const A = withValues(
      Array.from({ length: 60 }, (_, j) => valueOf(j)),
      60,
      90,
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1, 4, 12), (seed, rank) => {
        const found = randomisedSvd(A, { rank, normal: normals(seed) });
        expect(found.error).toBeCloseTo(frobeniusNorm(subtract(A, back(found))), 9);
        expect(found.leastError).toBeLessThanOrEqual(best(A, rank) * (1 + 1e-12));
        expect(found.leastError).toBeGreaterThan(0.7 * best(A, rank));
        expect(found.error).toBeGreaterThanOrEqual(best(A, rank) * (1 - 1e-12));
        // Ten more directions and three rounds: near the best even where values hardly fall.
        expect(found.error).toBeLessThan(1.01 * best(A, rank));
      }),
      { numRuns: 5 },
    );
  });

  it("is exact where the projection would be as large as the matrix", () => {
    const A = withValues([5, 3, 1, 0.5], 9, 12);
    const found = randomisedSvd(A, { rank: 2, normal: normals(1) });
    expect(found.S).toBeAllClose([5, 3], { rtol: 1e-13 });
    expect(found.error).toBeCloseTo(Math.hypot(1, 0.5), 12);
    expect(found.leastError).toBe(found.error);
  });

  it("of a matrix of low rank, of zeros, and of a wide one", () => {
    const A = withValues([4, 2], 50, 40);
    const low = randomisedSvd(A, { rank: 3, normal: normals(2) });
    expect(low.S).toBeAllClose([4, 2, 0], { rtol: 1e-12, atol: 1e-12 });
    expect(low.error).toBeLessThan(1e-7 * frobeniusNorm(A));
    const zero = randomisedSvd(matrix(40, 50), { rank: 3, normal: normals(2) });
    expect([zero.error, zero.leastError, ...zero.S]).toEqual([0, 0, 0, 0, 0]);
    const wide = randomisedSvd(transpose(A), { rank: 2, normal: normals(3) });
    expect(wide.S).toBeAllClose([4, 2], { rtol: 1e-12 });
  });

  it("refuses NaN", () => {
    const A = matrix(40, 40);
    A.data[7] = Number.NaN;
    expect(() => randomisedSvd(A, { rank: 1, normal: normals(1) })).toThrow(
      expect.objectContaining({ code: "E_NOT_FINITE" }),
    );
  });
});
