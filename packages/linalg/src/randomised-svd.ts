import { scaleColumns, subtract } from "./arithmetic.ts";
import { LinalgError } from "./errors.ts";
import { fitsFloatMatrix, floatMatrix } from "./float-matrix.ts";
import { gaussian } from "./gaussian.ts";
import { implicitQr } from "./implicit-qr.ts";
import { columns, hcat, identity, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { collect, matrixProducts, type Products, type RowSource } from "./products.ts";
import { squaredSpectralBound } from "./spectral-bound.ts";
import { svd, type Svd } from "./svd.ts";

export interface RandomisedSvdOptions {
  /** Terms wanted. */
  readonly rank: number;
  /** Standard normal numbers. */
  readonly normal: () => number;
  /** Directions looked at besides those wanted. */
  readonly oversample?: number;
  /** Times that the directions are sharpened by A Aᵀ, at most. */
  readonly iterations?: number;
  /** Directions to begin with, cols × any number of columns, most promising first; random ones take the places that are left. */
  readonly start?: Matrix;
  /** Sharpening ends when half a step of it would take less than this share from the squared error. */
  readonly settled?: number;
}

export interface RandomisedSvd extends Svd {
  /** ‖A − U diag(S) Vᵀ‖, Frobenius: as it came out, not an estimate; right up to 1e-7 ‖A‖, or a 1e-5 of itself. */
  readonly error: number;
  /** No matrix of this rank is nearer to A than this. Proven when the SVD was exact, else wrong in at most one case of a million. */
  readonly leastError: number;
}

/** Of ‖A‖², what is left of a matrix in float32 is that much, and sums in float32 say what it is; below it, sums in float64 do. */
const WIDE = 0.1;

/**
 * The leading terms of A's SVD by random projection with subspace iteration (Halko, Martinsson & Tropp 2011,
 * https://arxiv.org/abs/0909.4061, algorithms 4.4 and 5.1). O(rows · cols · (rank + oversample)) a pass over A, 2 · iterations + 3 of them, and seven of width eight for the bound of the rest.
 * Where that would be no less than all of A, the SVD is an exact one.
 *
 * With Q the basis found and QᵀA = U diag(s) Vᵀ, ‖A − QQᵀA‖² = ‖A‖² − Σ s² by Pythagoras: the error needs no estimate. ‖AV‖² is what the next
 * half step would capture. The least error is bounded by what r terms can capture at most, the r largest eigenvalues of AAᵀ. In the basis of
 * QU's first r columns and the rest of the space, AAᵀ is [s₁² … s_r², Wᵀ; W, T], so by Ky Fan they sum up to no more than
 * Σ_{j ≤ r} max(s_j², ‖T‖₂) + Σ σ(W): small W says that the iteration has settled.
 *
 * @param source a matrix, or one that is made row by row and kept in float32 where it has more than a million numbers: 4 · rows · cols bytes
 * @throws {LinalgError} E_NOT_FINITE
 */
export function randomisedSvd(
  source: Matrix | RowSource,
  { rank, normal, oversample = 10, iterations = 3, start, settled = 0 }: RandomisedSvdOptions,
): RandomisedSvd {
  const width = rank + oversample;
  if (width >= Math.min(source.rows, source.cols)) {
    const exact = svd("data" in source ? source : collect(source));
    const error = Math.sqrt(sumOfSquares(exact.S.subarray(rank)));
    return { ...leading(exact, rank), error, leastError: error };
  }
  const A = productsOf(source);
  if (!(A.squaredNorm < Infinity))
    throw new LinalgError("E_NOT_FINITE", `randomisedSvd: expected finite numbers, got a norm of ${A.squaredNorm}`);

  let found = project(A, A.times(directions(A.cols, { width, normal, start })));
  for (let i = 0; i < iterations && gain(found, rank) > settled * error2(found, rank); i++)
    found = project(A, found.AV);
  if (found.outside < WIDE * A.squaredNorm) found = project(A, found.Q, { exact: true });

  const { Q, flat, U, S, V, AV, outside } = found;
  const squared = error2(found, rank);
  // R V diag(S), R = A − QQᵀA: how AAᵀ couples the basis with the rest.
  const coupling = scaleColumns(subtract(AV, multiply(Q, multiply(Q, AV, { transA: true }))), S);
  const within = tallValues(columns(coupling, 0, rank)).reduce((sum, value) => sum + value, 0);
  const beyond = tallValues(columns(coupling, rank, S.length))[0] ?? 0;
  const rest =
    Math.max((S[rank] ?? 0) ** 2, Math.min(outside, squaredSpectralBound(A, { Q, F: flat, normal }))) + beyond;
  const captured = S.subarray(0, rank).reduce((sum, value) => sum + Math.max(value ** 2, rest), within);
  const leastSquared = Math.min(squared, Math.max(0, outside + sumOfSquares(S) - captured));
  const [error, leastError] = [Math.sqrt(squared), Math.sqrt(leastSquared)];
  return { ...leading({ U: multiply(Q, U), S, V }, rank), error, leastError };
}

/** A seen from a basis of some of its columns' space: QᵀA = U diag(S) Vᵀ. */
interface Projection extends Svd {
  /** rows × width, orthonormal. */
  readonly Q: Matrix;
  /** (QᵀA)ᵀ */
  readonly flat: Matrix;
  readonly AV: Matrix;
  /** ‖A − QQᵀA‖² */
  readonly outside: number;
}

/** @param columns whose span is projected on */
function project(A: Products, columns: Matrix, options: { readonly exact?: boolean } = {}): Projection {
  // What the first pass of a QR left of angles, the second one takes away: the error asks for them to be right.
  const Q = orthonormal(orthonormal(columns));
  const flat = A.transposedTimes(Q, options);
  const { U: V, S, V: U } = tallSvd(flat);
  return { Q, flat, U, S, V, AV: A.times(V), outside: Math.max(0, A.squaredNorm - sumOfSquares(S)) };
}

/** ‖·‖² of what the leading terms leave. */
const error2 = ({ outside, S }: Projection, rank: number): number => outside + sumOfSquares(S.subarray(rank));

/** How much more of ‖A‖² the span of the leading V holds than that of U does. */
const gain = ({ AV, S }: Projection, rank: number): number =>
  sumOfSquares(columns(AV, 0, Math.min(rank, AV.cols)).data) - sumOfSquares(S.subarray(0, rank));

function directions(
  rows: number,
  { width, normal, start }: { width: number; normal: () => number; start: Matrix | undefined },
): Matrix {
  if (!start) return gaussian(rows, width, normal);
  const given = columns(start, 0, Math.min(width, start.cols));
  return given.cols === width ? given : hcat([given, gaussian(rows, width - given.cols, normal)]);
}

/** Up to so many numbers a matrix is kept in float64. */
const SMALL = 2 ** 20;

function productsOf(source: Matrix | RowSource): Products {
  if ("data" in source) return matrixProducts(source);
  if (source.rows * source.cols <= SMALL || !fitsFloatMatrix(source)) return matrixProducts(collect(source));
  return floatMatrix(source);
}

function orthonormal(Y: Matrix): Matrix {
  const { Q } = implicitQr(Y);
  return Q.times(identity(Q.cols));
}

/** svd of a tall matrix by two fast QRs, of which the second takes away what the first left of angles. */
function tallSvd(A: Matrix): Svd {
  const first = implicitQr(A);
  const { Q, R } = implicitQr(first.Q.times(identity(first.Q.cols)));
  const { U, S, V } = svd(multiply(R, first.R));
  return { U: Q.times(U), S, V };
}

const tallValues = (A: Matrix): Float64Array => svd(implicitQr(A).R).S;

const leading = ({ U, S, V }: Svd, rank: number): Svd => ({
  U: columns(U, 0, Math.min(rank, S.length)),
  S: S.slice(0, rank),
  V: columns(V, 0, Math.min(rank, S.length)),
});

const sumOfSquares = (values: Float64Array): number => values.reduce((sum, value) => sum + value ** 2, 0);
