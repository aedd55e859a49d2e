import type { Matrix } from "./matrix.ts";
import { packBlock } from "./pack-block.ts";
import { FLOAT_PANEL } from "./wasm/panel-product.ts";
import { kernels } from "./wasm/kernels.ts";

/** Columns of A, and rows, whose products are formed at once: blocks of a quarter of a megabyte, which the second cache holds. */
const BLOCK = 256;

const [A_AT, B_AT, C_AT, STAGE_AT] = [0, BLOCK ** 2, 2 * BLOCK ** 2, 3 * BLOCK ** 2];

export interface Floats {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
  /** Whether the memory holds Aᵀ row by row. */
  readonly transposed?: boolean;
}

const panelsIn = (columns: number): number => Math.ceil(Math.min(BLOCK, columns) / FLOAT_PANEL);

/**
 * AᵀA of float32 numbers, summed in float32: half the time of `gram`, and right to some 1e-6 of the columns' norms. The same bits
 * wherever `multiply` gives them.
 */
export function floatGram(A: Floats): Matrix {
  const { rows, cols, transposed = false } = A;
  const columns = { data: A.data, ...(transposed ? { across: rows, along: 1 } : { across: 1, along: cols }) };
  const { numbers, floatPanelProduct } = kernels();
  const memory = new Float32Array(numbers(2 * BLOCK ** 2).buffer);
  const data = new Float64Array(cols * cols);
  for (let i = 0; i < cols; i += BLOCK) {
    for (let j = 0; j <= i; j += BLOCK) {
      memory.fill(0, C_AT);
      for (let l = 0; l < rows; l += BLOCK) {
        const depth = Math.min(BLOCK, rows - l);
        const pack = (row: number, at: number): void => {
          const count = Math.min(BLOCK, cols - row);
          packBlock(memory.buffer, columns, { row, count, l, depth, at: 4 * at, stageAt: 4 * STAGE_AT, float: true });
        };
        pack(i, A_AT);
        if (j < i) pack(j, B_AT);
        const [m, n] = [panelsIn(cols - i), panelsIn(cols - j)];
        const [b, triangle] = j < i ? [B_AT, 0] : [A_AT, 1];
        floatPanelProduct(m, n, depth, 4 * A_AT, 4 * b, 4 * C_AT, 4 * BLOCK, triangle);
      }
      for (let row = i; row < Math.min(i + BLOCK, cols); row++) {
        for (let column = j; column < Math.min(j + BLOCK, row + 1); column++) {
          const value = memory[C_AT + (row - i) * BLOCK + column - j]!;
          data[row * cols + column] = value;
          data[column * cols + row] = value;
        }
      }
    }
  }
  return { rows: cols, cols, data };
}
