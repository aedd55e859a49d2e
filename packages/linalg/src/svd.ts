import { Matrix as JamaMatrix, SVD } from "ml-matrix";
import { scale } from "./arithmetic.ts";
import { matrix, transpose, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { svdByGram } from "./svd-by-gram.ts";
import { thinQr } from "./thin-qr.ts";
import { unitScale } from "./unit-scale.ts";

export interface Svd {
  /** rows × k with k = min(rows, cols), orthonormal columns */
  readonly U: Matrix;
  /** k values, ≥ 0, falling */
  readonly S: Float64Array;
  /** cols × k, orthonormal columns */
  readonly V: Matrix;
}

/** Up to this size ml-matrix is as fast. */
const SMALL = 24;

/**
 * The thin SVD, A = U diag(S) Vᵀ. A is first reduced to its square triangular factor; a small one is decomposed by ml-matrix (Golub–Kahan,
 * JAMA's code), a larger one by way of its Gram matrix, made exact by rotations. U and V are orthonormal also where singular values are equal or zero; there they are one choice of many.
 *
 * @throws {LinalgError} E_NOT_FINITE
 */
export function svd(A: Matrix): Svd {
  if (A.rows < A.cols) {
    const { U, S, V } = svd(transpose(A));
    return { U: V, S, V: U };
  }
  const unit = unitScale(A, "svd");
  if (A.cols === 0) return { U: matrix(A.rows, 0), S: new Float64Array(0), V: matrix(0, 0) };
  if (A.rows > A.cols) {
    const { Q, R } = thinQr(A);
    const { U, S, V } = svd(R);
    return { U: multiply(Q, U), S, V };
  }
  const unitMatrix = scale(A, unit);
  if (A.cols > SMALL) {
    const { U, S, V } = svdByGram(unitMatrix);
    return { U, S: S.map((value) => value / unit), V };
  }
  // ml-matrix loses orthogonality on subnormal numbers, hence the exact scaling.
  const decomposed = new SVD(JamaMatrix.from1DArray(A.rows, A.cols, unitMatrix.data));
  return {
    U: fromJama(decomposed.leftSingularVectors),
    S: Float64Array.from(decomposed.diagonal, (value) => value / unit),
    V: fromJama(decomposed.rightSingularVectors),
  };
}

const fromJama = (A: JamaMatrix): Matrix => matrix(A.rows, A.columns, A.to1DArray());
