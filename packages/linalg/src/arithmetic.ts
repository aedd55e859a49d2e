import { LinalgError } from "./errors.ts";
import { matrix, type Matrix } from "./matrix.ts";
import { unitScale } from "./unit-scale.ts";

/** @throws {LinalgError} E_SHAPE */
export function add(A: Matrix, B: Matrix): Matrix {
  assertSameShape("add", A, B);
  const sum = matrix(A.rows, A.cols);
  for (let i = 0; i < sum.data.length; i++) sum.data[i] = A.data[i]! + B.data[i]!;
  return sum;
}

/** @throws {LinalgError} E_SHAPE */
export function subtract(A: Matrix, B: Matrix): Matrix {
  assertSameShape("subtract", A, B);
  const difference = matrix(A.rows, A.cols);
  for (let i = 0; i < difference.data.length; i++) difference.data[i] = A.data[i]! - B.data[i]!;
  return difference;
}

export function scale(A: Matrix, factor: number): Matrix {
  const scaled = matrix(A.rows, A.cols);
  for (let i = 0; i < scaled.data.length; i++) scaled.data[i] = A.data[i]! * factor;
  return scaled;
}

/**
 * A · diag(factors).
 *
 * @throws {LinalgError} E_SHAPE unless there is one factor a column
 */
export function scaleColumns(A: Matrix, factors: ArrayLike<number>): Matrix {
  if (factors.length !== A.cols) {
    throw new LinalgError("E_SHAPE", `scaleColumns: expected ${A.cols} factors, got ${factors.length}`);
  }
  const scaled = matrix(A.rows, A.cols);
  for (let i = 0, entry = 0; i < A.rows; i++) {
    for (let j = 0; j < A.cols; j++, entry++) scaled.data[entry] = A.data[entry]! * factors[j]!;
  }
  return scaled;
}

/** √Σ a², without overflow or underflow on the way. */
export function frobeniusNorm(A: Matrix): number {
  const unit = unitScale(A, "frobeniusNorm");
  let sum = 0;
  for (const a of A.data) sum += (a * unit) ** 2;
  return Math.sqrt(sum) / unit;
}

function assertSameShape(operation: string, A: Matrix, B: Matrix): void {
  if (A.rows !== B.rows || A.cols !== B.cols) {
    throw new LinalgError(
      "E_SHAPE",
      `${operation}: expected equal shapes, got ${A.rows} × ${A.cols} and ${B.rows} × ${B.cols}`,
    );
  }
}
