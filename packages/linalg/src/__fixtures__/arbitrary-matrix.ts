import * as fc from "fast-check";
import { identity, matrix, type Matrix } from "../matrix.ts";
import { multiply } from "../multiply.ts";
import { thinQr } from "../thin-qr.ts";

export const side: fc.Arbitrary<number> = fc.integer({ min: 1, max: 7 });

/** Small whole numbers: equal singular values, dependent columns and zeros turn up often. */
export const wholeMatrix = (rows: number, cols: number): fc.Arbitrary<Matrix> =>
  fc
    .array(fc.integer({ min: -3, max: 3 }), { minLength: rows * cols, maxLength: rows * cols })
    .map((data) => matrix(rows, cols, data));

export const anyMatrix: fc.Arbitrary<Matrix> = fc.tuple(side, side).chain(([rows, cols]) => wholeMatrix(rows, cols));

/** rows × cols with orthonormal columns */
export const orthonormal = (rows: number, cols: number): fc.Arbitrary<Matrix> =>
  fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: rows * cols, maxLength: rows * cols })
    .map((data) => thinQr(matrix(rows, cols, data)).Q);

/** Numbers in (−1, 1) that look random and are the same every time. */
export const noise = (rows: number, cols: number, seed = 1): Matrix =>
  matrix(rows, cols, Float64Array.from({ length: rows * cols }, (_, i) => (((i + 1) * 0.618033988749895 * (i + seed)) % 2) - 1));

/** max |AᵀA − I| */
export function orthonormalityError(A: Matrix): number {
  const gram = multiply(A, A, { transA: true });
  return gram.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - identity(A.cols).data[i]!)), 0);
}
