import type { Matrix } from "./matrix.ts";
import { stageBlock } from "./stage-block.ts";
import { FLOAT_PANEL } from "./wasm/panel-product.ts";
import { kernels } from "./wasm/kernels.ts";

/** Columns of A, and rows, whose products are formed at once: blocks of a quarter of a megabyte, which the second cache holds. */
const BLOCK = 256;

const [A_AT, B_AT, C_AT, STAGE_AT, END] = [0, 1, 2, 3, 4].map((block) => block * BLOCK ** 2) as [
  number,
  number,
  number,
  number,
  number,
];

export interface Floats {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
  /** Whether the memory holds Aᵀ row by row. */
  readonly transposed?: boolean;
}

const panelsIn = (columns: number): number => Math.ceil(Math.min(BLOCK, columns) / FLOAT_PANEL);

interface Block {
  /** Place of the packed panels. */
  readonly at: number;
  readonly column: number;
  readonly l: number;
  readonly depth: number;
}

/** Rows l … l + depth of eight columns at a time; columns that are not there are zeros. */
function pack(memory: Float32Array, { data, rows, cols, transposed = false }: Floats, block: Block): void {
  const { at, column, l, depth } = block;
  const { packColumns, packRows } = kernels();
  const panels = panelsIn(cols - column);
  const width = Math.min(BLOCK, cols - column);
  const whole = FLOAT_PANEL * panels;
  if (transposed) {
    const pitch = 4 * Math.ceil(depth / 4);
    const runs = { from: column * rows + l, step: rows, count: width, length: depth };
    stageBlock(memory, data, { ...runs, stage: { at: STAGE_AT, pitch, count: whole } });
    packRows(panels, pitch / 4, 4 * STAGE_AT, 4 * pitch, 4 * at, 4 * FLOAT_PANEL * depth);
  } else {
    const runs = { from: l * cols + column, step: cols, count: depth, length: width };
    stageBlock(memory, data, { ...runs, stage: { at: STAGE_AT, pitch: whole, count: depth } });
    packColumns(panels, depth, 4 * STAGE_AT, 4 * whole, 4 * at);
  }
}

/**
 * AᵀA of float32 numbers, summed in float32: half the time of `gram`, and right to some 1e-6 of the columns' norms. The same bits on every
 * machine.
 */
export function floatGram(A: Floats): Matrix {
  const { rows, cols } = A;
  const { numbers, floatPanelProduct } = kernels();
  const memory = new Float32Array(numbers(END / 2).buffer, 0, END);
  const data = new Float64Array(cols * cols);
  for (let i = 0; i < cols; i += BLOCK) {
    for (let j = 0; j <= i; j += BLOCK) {
      memory.fill(0, C_AT);
      for (let l = 0; l < rows; l += BLOCK) {
        const depth = Math.min(BLOCK, rows - l);
        pack(memory, A, { at: A_AT, column: i, l, depth });
        if (j < i) pack(memory, A, { at: B_AT, column: j, l, depth });
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
