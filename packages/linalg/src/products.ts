import { frobeniusNorm } from "./arithmetic.ts";
import type { Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";

/** A large matrix, as what it makes of others. */
export interface Products {
  readonly rows: number;
  readonly cols: number;
  /** ‖A‖², Frobenius */
  readonly squaredNorm: number;
  /** A X */
  readonly times: (X: Matrix) => Matrix;
  /** Aᵀ Y; with `exact`, in float64 whatever A is kept in. */
  readonly transposedTimes: (Y: Matrix, options?: { readonly exact?: boolean }) => Matrix;
}

/** A matrix that is made row by row, once. */
export interface RowSource {
  readonly rows: number;
  readonly cols: number;
  /**
   * Hands every row to `put`, in blocks: their numbers, row-major, and the first row's place. After that it may `set` entries anew, by their
   * place among all.
   */
  readonly fill: (put: (values: Float64Array, from: number) => void, set: (at: number, value: number) => void) => void;
}

export const matrixProducts = (A: Matrix): Products => ({
  rows: A.rows,
  cols: A.cols,
  squaredNorm: frobeniusNorm(A) ** 2,
  times: (X) => multiply(A, X),
  transposedTimes: (Y) => multiply(A, Y, { transA: true }),
});

export function collect({ rows, cols, fill }: RowSource): Matrix {
  const data = new Float64Array(rows * cols);
  fill(
    (values, from) => data.set(values, from * cols),
    (at, value) => (data[at] = value),
  );
  return { rows, cols, data };
}
