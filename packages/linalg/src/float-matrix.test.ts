import { describe, expect, it } from "vitest";
import { subtract } from "./arithmetic.ts";
import { fitsFloatMatrix, floatMatrix } from "./float-matrix.ts";
import { matrix, transpose, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import type { RowSource } from "./products.ts";

const waves = (rows: number, cols: number, pitch: number): Matrix =>
  matrix(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, (_, i) => Math.sin(pitch * i)),
  );

const sourceOf = ({ rows, cols, data }: Matrix, height: number): RowSource => ({
  rows,
  cols,
  fill(put) {
    for (let from = 0; from < rows; from += height)
      put(data.subarray(from * cols, Math.min(rows, from + height) * cols), from);
  },
});

/** What is left once its numbers are rounded. */
const rounded = (A: Matrix): Matrix => ({ ...A, data: Float64Array.from(A.data, Math.fround) });

describe("floatMatrix", () => {
  it.each([
    [1, 1, { count: 1, height: 1 }],
    [5, 7, { count: 9, height: 2 }],
    [261, 515, { count: 11, height: 3 }],
    [40, 1030, { count: 74, height: 40 }],
    [600, 33, { count: 8, height: 7 }],
  ])("multiplies as float64 does, up to float32's rounding: %i × %i, %j", (rows, cols, { count, height }) => {
    const whole = waves(rows, cols, 1.7);
    const A = floatMatrix(sourceOf(whole, height));
    const [X, Y] = [waves(cols, count, 0.9), waves(rows, count, 1.1)];
    const close = (found: Matrix, expected: Matrix, tolerance: number): void => {
      expect([found.rows, found.cols]).toEqual([expected.rows, expected.cols]);
      expect(found.data).toBeAllClose(expected.data, { rtol: 0, atol: tolerance * Math.sqrt(rows + cols) });
    };
    close(A.times(X), multiply(whole, X), 1e-5);
    close(A.transposedTimes(Y), multiply(transpose(whole), Y), 1e-5);
    const Z = waves(rows, count, 0.3);
    const { there, back } = A.roundTrip(X, Z);
    const expected = subtract(multiply(whole, X), Z);
    close(there, expected, 1e-5);
    close(back, multiply(transpose(whole), expected), 1e-4);
    close(A.transposedTimes(Y, { exact: true }), multiply(transpose(rounded(whole)), Y), 1e-13);
    const squares = rounded(whole).data.reduce((sum, value) => sum + value ** 2, 0);
    expect([A.squaredNorm]).toBeAllClose([squares], { rtol: 1e-12, atol: 0 });
  });

  it("forgets the matrix before it, also a larger one", () => {
    floatMatrix(sourceOf(waves(300, 300, 1.3), 50));
    const small = waves(6, 5, 0.4);
    const A = floatMatrix(sourceOf(small, 6));
    expect(A.transposedTimes(waves(6, 3, 2), { exact: true }).data).toBeAllClose(
      multiply(transpose(rounded(small)), waves(6, 3, 2)).data,
      { rtol: 1e-14, atol: 1e-14 },
    );
  });

  it("takes entries that are set anew", () => {
    const whole = waves(9, 10, 0.3);
    const changed = { ...whole, data: whole.data.slice() };
    const source = sourceOf(whole, 4);
    const amended: RowSource = {
      ...source,
      fill(put, set) {
        source.fill(put, set);
        for (const at of [0, 37, 89]) {
          changed.data[at] = 2 + at;
          set(at, 2 + at);
        }
      },
    };
    const A = floatMatrix(amended);
    const Y = waves(9, 2, 1);
    const expected = multiply(transpose(rounded(changed)), Y).data;
    expect(A.transposedTimes(Y, { exact: true }).data).toBeAllClose(expected, { rtol: 1e-13, atol: 1e-12 });
    const squares = rounded(changed).data.reduce((sum, value) => sum + value ** 2, 0);
    expect([A.squaredNorm]).toBeAllClose([squares], { rtol: 1e-12, atol: 0 });
  });

  it("says what fits", () => {
    expect(fitsFloatMatrix({ rows: 28_672, cols: 8192 })).toBe(true);
    expect(fitsFloatMatrix({ rows: 151_936, cols: 8192 })).toBe(false);
  });
});
