import { frobeniusNorm, scaleColumns, subtract } from "./arithmetic.ts";
import { columns, matrix, transpose, type Matrix } from "./matrix.ts";
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
 * https://arxiv.org/abs/0909.4061, algorithms 4.4 and 5.1). O(rows · cols · (rank + oversample)) a pass over A, 2 · iterations + 3 of them, and as much again for the bound of the rest.
 * Where that would be no less than all of A, the SVD is an exact one.
 *
 * With Q the basis found and QᵀA = U diag(s) Vᵀ, ‖A − QQᵀA‖² = ‖A‖² − Σ s² by Pythagoras: the error needs no estimate. The least error is
 * bounded by what r terms can capture at most, the r largest eigenvalues of AAᵀ. In the basis of QU's first r columns and the rest of the
 * space, AAᵀ is [s₁² … s_r², Wᵀ; W, T], so by Ky Fan they sum up to no more than Σ_{j ≤ r} max(s_j², ‖T‖₂) + Σ σ(W): small W says that the
 * iteration has settled.
 *
 * @throws {LinalgError} E_NOT_FINITE
 */
export function randomisedSvd(
  A: Matrix,
  { rank, normal, oversample = 10, iterations = 3 }: RandomisedSvdOptions,
): RandomisedSvd {
  const width = rank + oversample;
  if (width >= Math.min(A.rows, A.cols)) {
    const exact = svd(A);
    const error = Math.sqrt(sumOfSquares(exact.S.subarray(rank)));
    return { ...leading(exact, rank), error, leastError: error };
  }

  let Q = thinQr(multiply(A, gaussian(A.cols, width, normal))).Q;
  for (let i = 0; i < iterations; i++) {
    const back = thinQr(multiply(A, Q, { transA: true })).Q;
    Q = thinQr(multiply(A, back)).Q;
  }
  const B = multiply(Q, A, { transA: true });
  const { U, S, V } = svd(B);
  const outside = Math.max(0, frobeniusNorm(A) ** 2 - sumOfSquares(S));
  const squared = outside + sumOfSquares(S.subarray(rank));
  // R V diag(S), R = A − QQᵀA: how AAᵀ couples the basis with the rest.
  const AV = multiply(A, V);
  const coupling = scaleColumns(subtract(AV, multiply(Q, multiply(Q, AV, { transA: true }))), S);
  const within = svd(columns(coupling, 0, rank)).S.reduce((sum, value) => sum + value, 0);
  const beyond = svd(columns(coupling, rank, S.length)).S[0] ?? 0;
  const rest = Math.max((S[rank] ?? 0) ** 2, Math.min(outside, squaredSpectralBound(A, { Q, B, normal }))) + beyond;
  const captured = S.subarray(0, rank).reduce((sum, value) => sum + Math.max(value ** 2, rest), within);
  const leastSquared = Math.min(squared, Math.max(0, outside + sumOfSquares(S) - captured));
  const [error, leastError] = [Math.sqrt(squared), Math.sqrt(leastSquared)];
  return { ...leading({ U: multiply(Q, U), S, V }, rank), error, leastError };
}

const leading = ({ U, S, V }: Svd, rank: number): Svd => ({
  U: columns(U, 0, Math.min(rank, S.length)),
  S: S.slice(0, rank),
  V: columns(V, 0, Math.min(rank, S.length)),
});

const sumOfSquares = (values: Float64Array): number => values.reduce((sum, value) => sum + value ** 2, 0);

/** Vectors, q below, and the chance that one vector may miss by. */
const [PROBES, STEPS, MISS] = [5, 20, 0.063];

/**
 * An upper bound of ‖R‖₂², R = A − Q B, by the power method from random vectors: for x uniform on the unit sphere of n dimensions,
 * ‖R‖₂² ≤ θ (xᵀ(RᵀR)^q x)^(1/q) but for a chance of 0.8 √n θ^(−q/2) (Dixon 1983, https://doi.org/10.1137/0720053, theorem 1). Five vectors
 * that each may miss with chance 0.063 all miss in one case of a million.
 */
function squaredSpectralBound(A: Matrix, { Q, B, normal }: { Q: Matrix; B: Matrix; normal: () => number }): number {
  const logs = new Float64Array(PROBES); // of xᵀ(RᵀR)^q x: twice those of the lengths taken out on the way
  let X = unitRows(gaussian(PROBES, A.cols, normal)).rows; // a vector a row: A is read along its rows either way
  for (let step = 0; step < STEPS; step += 2) {
    const BX = multiply(B, X, { transB: true });
    const Y = unitRows(transpose(subtract(multiply(A, X, { transB: true }), multiply(Q, BX))));
    const back = transpose(Y.rows);
    const QY = multiply(Q, back, { transA: true });
    const next = unitRows(subtract(multiply(back, A, { transA: true }), multiply(QY, B, { transA: true })));
    X = next.rows;
    for (let j = 0; j < PROBES; j++) logs[j]! += 2 * Math.log(Y.norms[j]! * next.norms[j]!);
  }
  const theta = ((0.8 * Math.sqrt(A.cols)) / MISS) ** (2 / STEPS);
  return Math.max(1, theta) * Math.exp(Math.max(...logs) / STEPS);
}

function unitRows(A: Matrix): { rows: Matrix; norms: number[] } {
  const row = (i: number): Matrix => matrix(1, A.cols, A.data.subarray(i * A.cols, (i + 1) * A.cols));
  const norms = Array.from({ length: A.rows }, (_, i) => frobeniusNorm(row(i)));
  const data = A.data.map((a, i) => a / (norms[Math.floor(i / A.cols)]! || 1));
  return { rows: { rows: A.rows, cols: A.cols, data }, norms };
}

const gaussian = (rows: number, cols: number, normal: () => number): Matrix =>
  matrix(rows, cols, Float64Array.from({ length: rows * cols }, normal));
