import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normals } from "./__fixtures__/normals.ts";
import { subtract } from "./arithmetic.ts";
import { gaussian } from "./gaussian.ts";
import { columns, matrix, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { matrixProducts } from "./products.ts";
import { squaredSpectralBound } from "./spectral-bound.ts";
import { svd } from "./svd.ts";
import { thinQr } from "./thin-qr.ts";

/** Falls as the values' factor says. */
const withFactors = (A: Matrix, factorOf: (column: number) => number): Matrix => ({
  ...A,
  data: A.data.map((value, at) => value * factorOf(at % A.cols)),
});

/** How many times too large the bound of ‖A − QQᵀA‖² is, Q a basis of so many columns of A. */
function excess(A: Matrix, { rank, seed }: { rank: number; seed: number }): number {
  const { Q } = thinQr(columns(A, 0, rank));
  const F = multiply(A, Q, { transA: true });
  const largest = svd(subtract(A, multiply(Q, F, { transB: true }))).S[0]!;
  return squaredSpectralBound(matrixProducts(A), { Q, F, normal: normals(seed) }) / largest ** 2;
}

describe("squaredSpectralBound", () => {
  it.each([
    ["a flat spectrum", () => 1],
    ["a falling one", (column: number) => 0.9 ** column],
    ["one large value", (column: number) => (column === 30 ? 100 : 0.01)],
    ["small numbers", () => 1e-9],
  ])("is above ‖R‖², by little: %s", (_, factorOf) => {
    // cosh²(arsinh(0.8 √n / 0.177) / 7) for n = 40
    const most = Math.cosh(Math.asinh((0.8 * Math.sqrt(40)) / 0.177) / 7) ** 2;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(0, 1, 12), (seed, rank) => {
        const found = excess(withFactors(gaussian(60, 40, normals(seed)), factorOf), { rank, seed: seed + 1 });
        expect(found).toBeGreaterThanOrEqual(1);
        expect(found).toBeLessThanOrEqual(most * (1 + 1e-9));
      }),
      { numRuns: 20 },
    );
  });

  it("is nothing where nothing is left, and finds a single direction at once", () => {
    const one = multiply(gaussian(30, 1, normals(3)), gaussian(1, 20, normals(4)));
    expect(excess(one, { rank: 0, seed: 5 })).toBeGreaterThanOrEqual(1);
    const { Q } = thinQr(columns(one, 0, 1));
    const F = multiply(one, Q, { transA: true });
    expect(squaredSpectralBound(matrixProducts(one), { Q, F, normal: normals(6) })).toBeLessThan(1e-24);
    expect(
      squaredSpectralBound(matrixProducts(matrix(5, 4)), { Q: matrix(5, 0), F: matrix(4, 0), normal: normals(7) }),
    ).toBe(0);
  });
});
