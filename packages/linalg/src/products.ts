import { frobeniusNorm, subtract } from "./arithmetic.ts";
import type { Matrix, Numbers } from "./matrix.ts";
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
  /** A X − Z, and Aᵀ times that: A is read once. */
  readonly roundTrip: (X: Matrix, Z: Matrix) => { readonly there: Matrix; readonly back: Matrix };
}

/** A matrix that is made row by row, once. */
export interface RowSource {
  readonly rows: number;
  readonly cols: number;
  /**
   * Hands every row to `put`, in blocks: their numbers, row-major, and the first row's place. After that it may `set` entries anew, by their
   * place among all.
   */
  readonly fill: (
    put: (values: Numbers["data"], from: number) => void,
    set: (at: number, value: number) => void,
  ) => void;
}

export const matrixProducts = (A: Matrix): Products => ({
  rows: A.rows,
  cols: A.cols,
  squaredNorm: frobeniusNorm(A) ** 2,
  times: (X) => multiply(A, X),
  transposedTimes: (Y) => multiply(A, Y, { transA: true }),
  roundTrip(X, Z) {
    const there = subtract(multiply(A, X), Z);
    return { there, back: multiply(A, there, { transA: true }) };
  },
});

export function collect({ rows, cols, fill }: RowSource): Matrix {
  const data = new Float64Array(rows * cols);
  fill(
    (values, from) => data.set(values, from * cols),
    (at, value) => (data[at] = value),
  );
  return { rows, cols, data };
}
