import { describe, expect, it } from "vitest";
import { add, frobeniusNorm, scale, scaleColumns, subtract } from "./arithmetic.ts";
import { matrix } from "./matrix.ts";

const A = matrix(2, 2, [1, 2, 3, 4]);

describe("add, subtract, scale, scaleColumns", () => {
  it("work entry by entry and leave their operands alone", () => {
    expect(add(A, A)).toEqual(matrix(2, 2, [2, 4, 6, 8]));
    expect(subtract(A, A)).toEqual(matrix(2, 2));
    expect(scale(A, -2)).toEqual(matrix(2, 2, [-2, -4, -6, -8]));
    expect(scaleColumns(A, [10, 100])).toEqual(matrix(2, 2, [10, 200, 30, 400]));
    expect(A.data).toEqual(Float64Array.of(1, 2, 3, 4));
  });

  it("refuse shapes that do not fit", () => {
    expect(() => add(A, matrix(2, 3))).toThrow("add: expected equal shapes, got 2 × 2 and 2 × 3");
    expect(() => subtract(A, matrix(1, 4))).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
    expect(() => scaleColumns(A, [1])).toThrow("expected 2 factors, got 1");
  });
});

describe("frobeniusNorm", () => {
  it.each([1, 1e-200, 1e200, 2 ** -1070])("of a 3-4-12 matrix times %g", (size) => {
    expect(frobeniusNorm(matrix(1, 3, [3 * size, 4 * size, 12 * size])) / size).toBeCloseTo(13, 12);
  });

  it("is zero of a zero matrix and of one without columns", () => {
    expect(frobeniusNorm(matrix(2, 2))).toBe(0);
    expect(frobeniusNorm(matrix(2, 0))).toBe(0);
  });

  it("refuses what is no number, and says where it stands", () => {
    expect(() => frobeniusNorm(matrix(2, 2, [1, 2, Number.NaN, 4]))).toThrow(
      "frobeniusNorm: expected finite numbers, got NaN at [1, 0]",
    );
  });
});
