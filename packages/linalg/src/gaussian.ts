import { matrix, type Matrix } from "./matrix.ts";

/** Numbers as they are drawn, row by row. */
export const gaussian = (rows: number, cols: number, normal: () => number): Matrix =>
  matrix(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, () => normal()),
  );
