import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floatGram, type Floats } from "./float-gram.ts";
import { gram } from "./multiply.ts";

const turned = ({ rows, cols, data }: Floats): Floats => ({
  rows,
  cols,
  data: Float32Array.from(data, (_, at) => data[(at % rows) * cols + Math.floor(at / rows)]!),
  transposed: true,
});

const made = (rows: number, cols: number, entry: (at: number) => number): Floats => ({
  rows,
  cols,
  data: Float32Array.from({ length: rows * cols }, (_, at) => entry(at)),
});

describe("floatGram", () => {
  it("of a matrix by hand", () => {
    expect([...floatGram(made(2, 2, (at) => at + 1)).data]).toEqual([10, 14, 14, 20]); // columns (1, 3) and (2, 4)
  });

  // Sums of whole numbers are exact in any order: the kernel must agree to the bit, at the edges of its panels and blocks too.
  it.each([
    [1, 1],
    [300, 5],
    [7, 259],
    [513, 264],
  ])("is gram of %i × %i whole numbers, either way round", (rows, cols) => {
    const A = made(rows, cols, (at) => ((at * 7919) % 23) - 11);
    const expected = gram(A);
    expect(floatGram(A)).toEqual(expected);
    expect(floatGram(turned(A))).toEqual(expected);
  });

  it("is right to 1e-6 of the columns' norms", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer(), (rows, seed) => {
        const A = made(rows, 9, (at) => Math.sin(seed + at * 12.9898) ** 3);
        const [found, expected] = [floatGram(A).data, gram(A).data];
        const norm = (column: number): number => Math.sqrt(expected[column * 10]!);
        for (let at = 0; at < found.length; at++) {
          const size = norm(Math.floor(at / 9)) * norm(at % 9);
          expect(Math.abs(found[at]! - expected[at]!)).toBeLessThan(1e-6 * size + 1e-30);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("of no rows is nothing", () => {
    expect([...floatGram(made(0, 2, () => 1)).data]).toEqual([0, 0, 0, 0]);
  });
});
