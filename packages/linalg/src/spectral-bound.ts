import { scaleColumns, subtract } from "./arithmetic.ts";
import { eigenSymmetric } from "./eigen-symmetric.ts";
import { gaussian } from "./gaussian.ts";
import { matrix, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import type { Products } from "./products.ts";

/** Vectors, steps from each, and the chance that one vector may miss by. */
const [PROBES, STEPS, MISS] = [8, 4, 0.177];

/**
 * An upper bound of ‖R‖₂², R = A − Q Fᵀ with orthonormal Q and F = AᵀQ, by Lanczos' method from random vectors.
 *
 * With λ the largest eigenvalue of RᵀR and θ that of its projection on span{x, RᵀR x, … (RᵀR)^(q−1) x}, θ = (1 − ε) λ means that no polynomial
 * P of degree q − 1 has Σ xᵢ² P(λᵢ)² (λᵢ − θ) > 0 over the components of x. Of P(λ) = T₂q₋₁(s) / s with s² = 1 − λ/θ and Chebyshev's T that says
 * |x₁| ≤ 1 / sinh((2q − 1) artanh √ε) for the component that belongs to λ; and a vector from the unit sphere of n dimensions has |x₁| ≤ δ by a
 * chance of 0.8 √n δ at most. So λ ≤ θ cosh²(arsinh(1/δ) / (2q − 1)) but for that chance: Kuczyński & Woźniakowski 1992
 * (https://doi.org/10.1137/0613066, theorem 4.2), whose √ε is artanh √ε here. Eight vectors that each may miss with chance 0.177 all miss in
 * one case of a million.
 */
export function squaredSpectralBound(
  A: Products,
  { Q, F, normal }: { readonly Q: Matrix; readonly F: Matrix; readonly normal: () => number },
): number {
  const n = A.cols;
  const basis = [unitColumns(gaussian(n, PROBES, normal)).columns];
  const T = Array.from({ length: PROBES }, () => matrix(STEPS, STEPS));
  for (let step = 0; step < STEPS; step++) {
    const X = basis[step]!;
    const outside = multiply(Q, multiply(F, X, { transA: true }));
    const isLast = step === STEPS - 1;
    const { there, back } = isLast ? { there: subtract(A.times(X), outside), back: null } : A.roundTrip(X, outside);
    for (const [j, square] of columnDots(there, there).entries()) T[j]!.data[step * (STEPS + 1)] = square;
    if (back === null) break;
    const next = unitColumns(without(basis, subtract(back, multiply(F, multiply(Q, there, { transA: true })))));
    for (const [j, norm] of next.norms.entries())
      T[j]!.data[step * STEPS + step + 1] = T[j]!.data[(step + 1) * STEPS + step] = norm;
    basis.push(next.columns);
  }
  const theta = Math.max(...T.map((own) => eigenSymmetric(own).values[0]!));
  return theta * Math.cosh(Math.asinh((0.8 * Math.sqrt(n)) / MISS) / (2 * STEPS - 1)) ** 2;
}

/** What of each column is outside the span of the same columns of all of the basis. */
function without(basis: readonly Matrix[], A: Matrix): Matrix {
  const rest = { ...A, data: A.data.slice() };
  for (const own of basis) {
    const dots = columnDots(own, rest);
    forEachEntry(A, (j, at) => (rest.data[at]! -= dots[j]! * own.data[at]!));
  }
  return rest;
}

function columnDots(A: Matrix, B: Matrix): Float64Array {
  const dots = new Float64Array(A.cols);
  forEachEntry(A, (j, at) => (dots[j]! += A.data[at]! * B.data[at]!));
  return dots;
}

/** A column of zeros stays one. */
function unitColumns(A: Matrix): { columns: Matrix; norms: Float64Array } {
  const largest = new Float64Array(A.cols);
  forEachEntry(A, (j, at) => (largest[j] = Math.max(largest[j]!, Math.abs(A.data[at]!))));
  const toUnit = scaleColumns(
    A,
    largest.map((value) => 1 / (value || 1)),
  );
  const lengths = columnDots(toUnit, toUnit).map(Math.sqrt);
  const columns = scaleColumns(
    toUnit,
    lengths.map((length) => 1 / (length || 1)),
  );
  return { columns, norms: lengths.map((length, j) => length * largest[j]!) };
}

function forEachEntry({ cols, data }: Matrix, visit: (column: number, at: number) => void): void {
  for (let row = 0; row < data.length; row += cols) for (let j = 0; j < cols; j++) visit(j, row + j);
}
