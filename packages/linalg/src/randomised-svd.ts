import { frobeniusNorm, subtract } from "./arithmetic.ts";
import { columns, matrix, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { svd, type Svd } from "./svd.ts";
import { thinQr } from "./thin-qr.ts";

export interface RandomisedSvdOptions {
  /** Terms wanted. */
  readonly rank: number;
  /** Standard normal numbers. */
  readonly normal: () => number;
  /** Directions looked at besides those wanted. */
  readonly oversample?: number;
  /** Times that the directions are sharpened by A Aᵀ. */
  readonly iterations?: number;
}

export interface RandomisedSvd extends Svd {
  /** ‖A − U diag(S) Vᵀ‖, Frobenius: as it came out, not an estimate; right up to 1e-7 ‖A‖. */
  readonly error: number;
  /** No matrix of this rank is nearer to A than this. Proven when the SVD was exact, else wrong in at most one case of a million. */
  readonly leastError: number;
}

/**
 * The leading terms of A's SVD by random projection with subspace iteration (Halko, Martinsson & Tropp 2011,
 * https://arxiv.org/abs/0909.4061, algorithms 4.4 and 5.1). O(rows · cols · (rank + oversample)) a pass over A, 2 · iterations + 2 of them.
 * Where that would be no less than all of A, the SVD is an exact one.
 *
 * With Q the basis found and s the singular values of QᵀA, ‖A − QQᵀA‖² = ‖A‖² − Σ s² by Pythagoras, and, by Weyl's inequality for
 * AᵀA = (QᵀA)ᵀQᵀA + RᵀR, no rank-r matrix captures more than Σ (s_j² + ‖R‖₂²) over j ≤ r, with R = A − QQᵀA: that is the bound.
 *
 * @throws {LinalgError} E_NOT_FINITE
 */
export function randomisedSvd(
  A: Matrix,
  { rank, normal, oversample = 10, iterations = 3 }: RandomisedSvdOptions,
): RandomisedSvd {
  const width = rank + oversample;
  if (width >= Math.min(A.rows, A.cols)) return truncated(svd(A), rank, { outside: 0, largest: 0 });

  let Q = thinQr(multiply(A, gaussian(A.cols, width, normal))).Q;
  for (let i = 0; i < iterations; i++) {
    const back = thinQr(multiply(A, Q, { transA: true })).Q;
    Q = thinQr(multiply(A, back)).Q;
  }
  const B = multiply(Q, A, { transA: true });
  const { U, S, V } = svd(B);
  const captured = S.reduce((sum, value) => sum + value ** 2, 0);
  const outside = Math.max(0, frobeniusNorm(A) ** 2 - captured);
  const largest = Math.min(outside, squaredSpectralBound(A, { Q, B, normal }));
  return truncated({ U: multiply(Q, U), S, V }, rank, { outside, largest });
}

/** @param rest ‖R‖² and a bound of ‖R‖₂² for what the SVD does not hold */
function truncated({ U, S, V }: Svd, rank: number, rest: { outside: number; largest: number }): RandomisedSvd {
  const kept = Math.min(rank, S.length);
  const squared = S.subarray(kept).reduce((sum, value) => sum + value ** 2, rest.outside);
  return {
    U: columns(U, 0, kept),
    S: S.slice(0, kept),
    V: columns(V, 0, kept),
    error: Math.sqrt(squared),
    leastError: Math.sqrt(Math.max(0, squared - kept * rest.largest)),
  };
}

/** Vectors, steps and the factor that makes a bound of the estimate. */
const [PROBES, STEPS, MISS] = [10, 8, 0.25];

/**
 * An upper bound of ‖R‖₂², R = A − Q B, by the power method from random vectors: for x uniform on the unit sphere of n dimensions,
 * ‖R‖₂² ≤ θ (xᵀ(RᵀR)^q x)^(1/q) but for a chance of 0.8 √n θ^(−q/2) (Dixon 1983, https://doi.org/10.1137/0720053, theorem 1). Ten vectors
 * that each may miss with chance ¼ all miss in one case of a million.
 */
function squaredSpectralBound(A: Matrix, { Q, B, normal }: { Q: Matrix; B: Matrix; normal: () => number }): number {
  let X = unitColumns(gaussian(A.cols, PROBES, normal));
  const logs = new Float64Array(PROBES); // of xᵀ(RᵀR)^q x, as the lengths taken out on the way
  for (let step = 0; step < STEPS; step++) {
    const forward = step % 2 === 0;
    const Y = forward
      ? subtract(multiply(A, X), multiply(Q, multiply(B, X)))
      : subtract(multiply(A, X, { transA: true }), multiply(B, multiply(Q, X, { transA: true }), { transA: true }));
    const lengths = columnNorms(Y);
    for (const [j, length] of lengths.entries()) logs[j]! += 2 * Math.log(length);
    X = unitColumns(Y);
  }
  const theta = ((0.8 * Math.sqrt(A.cols)) / MISS) ** (2 / STEPS);
  return Math.max(1, theta) * Math.exp(Math.max(...logs) / STEPS);
}

function columnNorms(A: Matrix): number[] {
  return Array.from({ length: A.cols }, (_, j) => frobeniusNorm(columns(A, j, j + 1)));
}

function unitColumns(A: Matrix): Matrix {
  const norms = columnNorms(A);
  return { rows: A.rows, cols: A.cols, data: A.data.map((a, i) => a / (norms[i % A.cols]! || 1)) };
}

const gaussian = (rows: number, cols: number, normal: () => number): Matrix =>
  matrix(rows, cols, Float64Array.from({ length: rows * cols }, normal));
