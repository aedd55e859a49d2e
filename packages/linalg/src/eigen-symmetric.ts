import { LinalgError } from "./errors.ts";
import { matrix, type Matrix } from "./matrix.ts";
import { tridiagonalise } from "./tridiagonal.ts";
import { tridiagonalQl } from "./tridiagonal-ql.ts";
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
 * A = X diag(values) Xᵀ of a symmetric matrix, by a tridiagonal one.
 *
 * @throws {LinalgError} E_SHAPE, E_NOT_FINITE, E_NOT_SYMMETRIC
 */
export function eigenSymmetric(A: Matrix): Eigen {
  const n = A.rows;
  if (A.cols !== n) throw new LinalgError("E_SHAPE", `eigenSymmetric: expected a square matrix, got ${n} × ${A.cols}`);
  const unit = unitScale(A, "eigenSymmetric");
  const symmetric = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const [lower, upper] = [A.data[i * n + j]! * unit, A.data[j * n + i]! * unit];
      if (Math.abs(lower - upper) > ASYMMETRY) {
        const entries = `[${i}, ${j}] = ${A.data[i * n + j]} and [${j}, ${i}] = ${A.data[j * n + i]}`;
        throw new LinalgError("E_NOT_SYMMETRIC", `eigenSymmetric: expected equal entries, got ${entries}`);
      }
      symmetric.data[i * n + j] = symmetric.data[j * n + i] = (lower + upper) / 2;
    }
  }
  const tridiagonal = tridiagonalise(symmetric);
  const { values, rows } = tridiagonalQl(tridiagonal);
  tridiagonal.backToRows(rows, n);
  const falling = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  const vectors = matrix(n, n);
  for (const [to, from] of falling.entries())
    for (let i = 0; i < n; i++) vectors.data[i * n + to] = rows[from * n + i]!;
  return { values: Float64Array.from(falling, (j) => values[j]! / unit), vectors };
}
