import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { side, wholeMatrix } from "./__fixtures__/arbitrary-matrix.ts";
import { matrix, transpose, type Matrix } from "./matrix.ts";
import { gram, multiply } from "./multiply.ts";

/** The definition, entry by entry. */
function product(A: Matrix, B: Matrix): Matrix {
  const C = matrix(A.rows, B.cols);
  for (let i = 0; i < A.rows; i++) {
    for (let j = 0; j < B.cols; j++) {
      for (let l = 0; l < A.cols; l++) C.data[i * B.cols + j]! += A.data[i * A.cols + l]! * B.data[l * B.cols + j]!;
    }
  }
  return C;
}

const pair = fc
  .tuple(side, fc.integer({ min: 0, max: 11 }), side)
  .chain(([m, inner, n]) => fc.tuple(wholeMatrix(m, inner), wholeMatrix(inner, n)));

describe("multiply", () => {
  it("of a hand-made pair", () => {
    expect(multiply(matrix(2, 2, [1, 2, 3, 4]), matrix(2, 1, [5, 6]))).toEqual(matrix(2, 1, [17, 39]));
  });

  it("is the definition, in all four forms (whole numbers: exactly)", () => {
    fc.assert(
      fc.property(pair, ([A, B]) => {
        const expected = product(A, B);
        expect(multiply(A, B)).toEqual(expected);
        expect(multiply(transpose(A), B, { transA: true })).toEqual(expected);
        expect(multiply(A, transpose(B), { transB: true })).toEqual(expected);
        expect(multiply(transpose(A), transpose(B), { transA: true, transB: true })).toEqual(expected);
      }),
    );
  });

  // Sums of whole numbers are exact in any order: the kernel must agree to the bit, at the edges of its panels and blocks too.
  it.each([
    [257, 300, 5],
    [3, 513, 258],
    [260, 7, 261],
    [16, 16, 16],
  ])("of %i × %i and %i columns, in all four forms", (m, inner, n) => {
    const whole = (rows: number, cols: number): Matrix =>
      matrix(
        rows,
        cols,
        Float64Array.from({ length: rows * cols }, (_, i) => ((i * 7919) % 23) - 11),
      );
    const [A, B] = [whole(m, inner), whole(inner, n)];
    const expected = product(A, B);
    expect(multiply(A, B)).toEqual(expected);
    expect(multiply(transpose(A), B, { transA: true })).toEqual(expected);
    expect(multiply(A, transpose(B), { transB: true })).toEqual(expected);
    expect(multiply(transpose(A), transpose(B), { transA: true, transB: true })).toEqual(expected);
    expect(gram(A)).toEqual(product(transpose(A), A));
    expect(gram({ ...A, data: Float32Array.from(A.data) })).toEqual(gram(A));
    expect(gram({ ...A, data: transpose(A).data, transposed: true })).toEqual(gram(A));
  });

  it("refuses sides that do not agree, in the form that was asked for", () => {
    expect(() => multiply(matrix(2, 3), matrix(2, 3))).toThrow("got 2 × 3 and 2 × 3");
    expect(() => multiply(matrix(2, 3), matrix(3, 2), { transB: true })).toThrow("3 × 2 (transposed)");
    expect(() => multiply(matrix(2, 3), matrix(3, 2), { transA: true })).toThrow(
      expect.objectContaining({ code: "E_SHAPE" }),
    );
  });
});
