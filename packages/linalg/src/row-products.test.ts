import { describe, expect, it } from "vitest";
import { scale } from "./arithmetic.ts";
import { matrix, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { rowProducts } from "./row-products.ts";

const waves = (rows: number, cols: number, pitch: number): Matrix =>
  matrix(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, (_, i) => Math.sin(pitch * i)),
  );

describe("rowProducts", () => {
  it.each([
    [9, 3, 5],
    [13, 64, 600],
    [4, 1, 1],
    [20, 7, 260],
  ])("is multiply, by any blocks: %i rows, rank %i, %i columns", (rows, rank, cols) => {
    // Up to 4096 terms multiply sums one by one, and rounds each product.
    const atol = rows * rank * cols < 2 ** 12 ? 4 * Number.EPSILON : 0;
    const factors = [0.7, 1.9].map((pitch, i) => ({
      B: waves(rows, rank - (i % rank), pitch),
      A: waves(rank - (i % rank), cols, pitch + 1),
      scale: 0.5 + i,
    }));
    const products = rowProducts(factors, { height: 7 });
    const whole = factors.map(({ B, A, scale: factor }) => multiply(scale(B, factor), A).data);
    for (const [from, to] of [
      [0, 4],
      [1, 3],
      [rows - 3, rows],
    ] as const)
      for (const i of [0, 1])
        expect(products.block(i, from, to)).toBeAllClose([...whole[i]!.subarray(from * cols, to * cols)], {
          rtol: 0,
          atol,
        });
    const [column, count] = [8 * Math.floor(cols / 16), Math.ceil(cols / 3)];
    const tile = [...products.tile(1, { from: 1, to: 3, column, count })];
    const expected = [1, 2].flatMap((row) => [...whole[1]!.subarray(row * cols + column, row * cols + column + count)]);
    expect(tile).toEqual(expected);
    products.close();
  });

  it.each([
    [9, 3, 5],
    [13, 64, 600],
    [20, 7, 264],
  ])("in float32 is multiply but for rounding: %i rows, rank %i, %i columns", (rows, rank, cols) => {
    const factor = { B: waves(rows, rank, 0.7), A: waves(rank, cols, 1.7), scale: 1.5 };
    const products = rowProducts([factor, factor], { height: 9, float: true });
    const whole = multiply(scale(factor.B, 1.5), factor.A).data;
    products.block(0, 0, 4);
    const block = products.block(1, 1, rows - 1);
    // rank + 1 roundings of terms up to 1.5
    expect(block).toBeAllClose(whole.subarray(cols, (rows - 1) * cols), {
      rtol: 0,
      atol: 1.5 * rank * rank * 2 ** -24,
    });
    expect(block).toBeInstanceOf(Float32Array);
    const column = 8 * Math.floor(cols / 16);
    const row = [...block.slice(column, cols)];
    expect([...products.tile(1, { from: 1, to: 2, column, count: cols - column })]).toEqual(row);
    products.close();
  });

  it("in float32 of whole numbers is exact", () => {
    const whole = (rows: number, cols: number) =>
      matrix(
        rows,
        cols,
        Array.from({ length: rows * cols }, (_, i) => ((i * 7919) % 23) - 11),
      );
    const [B, A] = [whole(21, 9), whole(9, 300)];
    const products = rowProducts([{ B, A, scale: 2 }], { height: 24, float: true });
    expect([...products.block(0, 0, 21)]).toEqual([...multiply(scale(B, 2), A).data]);
    products.close();
  });

  it("keeps the block of one product while another's is made, and open products apart", () => {
    const factors = [1, 2].map((pitch) => ({ B: waves(8, 2, pitch), A: waves(2, 6, pitch), scale: 1 }));
    const [one, two] = [rowProducts(factors, { height: 8 }), rowProducts(factors.toReversed(), { height: 8 })];
    const first = one.block(0, 0, 8);
    const before = [...first];
    one.block(1, 0, 8);
    two.block(0, 0, 8);
    expect([...first]).toEqual(before);
    one.close();
    two.close();
  });

  it.each([false, true])("of rank 0 is nothing, in float32: %s", (float) => {
    const products = rowProducts([{ B: matrix(3, 0), A: matrix(0, 5), scale: 1 }], { height: 3, float });
    expect([...products.block(0, 1, 3)]).toEqual(Array.from({ length: 10 }, () => 0));
    products.close();
  });
});
