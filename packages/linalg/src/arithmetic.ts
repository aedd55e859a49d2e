import { LinalgError } from "./errors.ts";
import { matrix, type Matrix } from "./matrix.ts";
import { unitScale } from "./unit-scale.ts";

/** @throws {LinalgError} E_SHAPE */
export function add(A: Matrix, B: Matrix): Matrix {
  assertSameShape("add", A, B);
  return { rows: A.rows, cols: A.cols, data: A.data.map((a, i) => a + B.data[i]!) };
}

/** @throws {LinalgError} E_SHAPE */
export function subtract(A: Matrix, B: Matrix): Matrix {
  assertSameShape("subtract", A, B);
  return { rows: A.rows, cols: A.cols, data: A.data.map((a, i) => a - B.data[i]!) };
}

export const scale = (A: Matrix, factor: number): Matrix => ({
  rows: A.rows,
  cols: A.cols,
  data: A.data.map((a) => a * factor),
});

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
