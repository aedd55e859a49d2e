import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyMatrix } from "./__fixtures__/arbitrary-matrix.ts";
import { columns, hcat, identity, matrix, transpose } from "./matrix.ts";

describe("matrix", () => {
  it("is zero, or a copy of the numbers", () => {
    const numbers = Float64Array.of(1, 2, 3, 4, 5, 6);
    const A = matrix(2, 3, numbers);
    numbers[0] = 9;
    expect(A).toEqual({ rows: 2, cols: 3, data: Float64Array.of(1, 2, 3, 4, 5, 6) });
    expect(matrix(1, 2)).toEqual(matrix(1, 2, [0, 0]));
    expect(identity(2)).toEqual(matrix(2, 2, [1, 0, 0, 1]));
  });

  it("may have no columns", () => {
    expect(transpose(matrix(3, 0))).toEqual(matrix(0, 3));
    expect(hcat([matrix(2, 0), matrix(2, 1, [1, 2])])).toEqual(matrix(2, 1, [1, 2]));
  });

  it("refuses a wrong size with the numbers that disagree", () => {
    expect(() => matrix(2, 2, [1])).toThrow("expected 2 × 2 = 4 numbers, got 1");
    expect(() => matrix(1.5, 2)).toThrow("got 1.5 × 2");
    expect(() => matrix(-1, 2)).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
  });
});

describe("transpose", () => {
  it("swaps rows and columns", () => {
    expect(transpose(matrix(2, 3, [1, 2, 3, 4, 5, 6]))).toEqual(matrix(3, 2, [1, 4, 2, 5, 3, 6]));
  });
});

describe("hcat and columns", () => {
  it("joins and takes apart", () => {
    const [A, B] = [matrix(2, 1, [1, 2]), matrix(2, 2, [3, 4, 5, 6])];
    expect(hcat([A, B])).toEqual(matrix(2, 3, [1, 3, 4, 2, 5, 6]));
    fc.assert(
      fc.property(anyMatrix, fc.nat(), (A, place) => {
        const at = place % (A.cols + 1);
        expect(hcat([columns(A, 0, at), columns(A, at, A.cols)])).toEqual(A);
      }),
    );
  });

  it("refuses blocks of different heights and columns that are not there", () => {
    expect(() => hcat([matrix(1, 1), matrix(2, 1)])).toThrow("got [1, 2]");
    expect(() => hcat([])).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
    expect(() => columns(matrix(1, 2), 1, 3)).toThrow("expected 0 ≤ from ≤ to ≤ 2, got 1 and 3");
  });
});
