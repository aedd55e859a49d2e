import { EVD, Matrix as JamaMatrix } from "ml-matrix";
import { LinalgError } from "./errors.ts";
import { matrix, type Matrix } from "./matrix.ts";
import { unitScale } from "./unit-scale.ts";

export interface Eigen {
  /** falling */
  readonly values: Float64Array;
  /** orthonormal; column j belongs to value j */
  readonly vectors: Matrix;
}

/** Two halves that differ by more than this share of the largest entry are a mistake, not rounding. */
const ASYMMETRY = 1e-10;

/**
 * A = X diag(values) Xᵀ of a symmetric matrix, by ml-matrix (tridiagonal QL, JAMA's code).
 *
 * @throws {LinalgError} E_SHAPE, E_NOT_FINITE, E_NOT_SYMMETRIC
 */
export function eigenSymmetric(A: Matrix): Eigen {
  const n = A.rows;
  if (A.cols !== n) throw new LinalgError("E_SHAPE", `eigenSymmetric: expected a square matrix, got ${n} × ${A.cols}`);
  const unit = unitScale(A, "eigenSymmetric");
  if (n === 0) return { values: new Float64Array(0), vectors: matrix(0, 0) };

  const symmetric = new JamaMatrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const [lower, upper] = [A.data[i * n + j]! * unit, A.data[j * n + i]! * unit];
      if (Math.abs(lower - upper) > ASYMMETRY) {
        const entries = `[${i}, ${j}] = ${A.data[i * n + j]} and [${j}, ${i}] = ${A.data[j * n + i]}`;
        throw new LinalgError("E_NOT_SYMMETRIC", `eigenSymmetric: expected equal entries, got ${entries}`);
      }
      symmetric.set(i, j, (lower + upper) / 2);
      symmetric.set(j, i, (lower + upper) / 2);
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EVD(symmetric, { assumeSymmetric: true });
  // ml-matrix gives them rising.
  const vectors = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) vectors.data[i * n + j] = eigenvectorMatrix.get(i, n - 1 - j);
  }
  return { values: Float64Array.from(realEigenvalues, (value) => value / unit).toReversed(), vectors };
}
