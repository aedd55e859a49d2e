import { LinalgError } from "./errors.ts";
import { matrix, type Matrix } from "./matrix.ts";
import { tridiagonalise, type Tridiagonal } from "./tridiagonal.ts";
import { tridiagonalQl, tridiagonalValues } from "./tridiagonal-ql.ts";
import { unitScale } from "./unit-scale.ts";

/** Either is found when it is first asked for; values alone take half the time. */
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
  return solution(tridiagonalise(symmetric), unit);
}

function solution(tridiagonal: Tridiagonal, unit: number): Eigen {
  let [unordered, vectors]: [Float64Array | undefined, Matrix | undefined] = [undefined, undefined];
  const falling = (values: Float64Array): number[] => [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  return {
    get values() {
      const values = (unordered ??= tridiagonalValues(tridiagonal));
      return Float64Array.from(falling(values), (j) => values[j]! / unit);
    },
    get vectors() {
      if (vectors !== undefined) return vectors;
      const { values, rows } = tridiagonalQl(tridiagonal);
      unordered = values;
      tridiagonal.backToRows(rows, values.length);
      return (vectors = inColumns(rows, falling(values)));
    },
  };
}

function inColumns(rows: Float64Array, order: readonly number[]): Matrix {
  const n = order.length;
  const found = matrix(n, n);
  for (const [to, from] of order.entries()) for (let i = 0; i < n; i++) found.data[i * n + to] = rows[from * n + i]!;
  return found;
}
