import type { Numbers } from "./matrix.ts";
import { type ProductKernels, productKernels } from "./wasm/kernels.ts";
import { PANEL } from "./wasm/panel-product.ts";

/** One product B · A; B is out × r, A is r × in. */
export interface RowFactors {
  readonly B: Numbers;
  readonly A: Numbers;
  /** Multiplies B. */
  readonly scale: number;
}

export interface RowProducts {
  /** Rows `from` up to, not including, `to` of product i, row-major: in the products' own memory, until that product's next block. */
  readonly block: (product: number, from: number, to: number) => Float64Array;
  /** `count` columns of them, from `column` on, which is a multiple of four. */
  readonly tile: (product: number, tile: Tile) => Float64Array;
  /** Gives the memory to the next who asks; the products are not to be used any more. */
  readonly close: () => void;
}

export interface Tile {
  readonly from: number;
  readonly to: number;
  readonly column: number;
  readonly count: number;
}

/** Columns at a time: their part of A stays in the second cache while a block's rows pass by. */
const COLUMNS = 256;

const idle: ProductKernels[] = [];

/**
 * Products of one shape that are read by blocks of rows, in float64, as `multiply` gives them up to a rank of 256. A is packed for the kernel once, and
 * blocks are written where they are read: no memory is taken for them.
 *
 * @param height rows of a block at most
 */
export function rowProducts(factors: readonly RowFactors[], height: number): RowProducts {
  const kernels = idle.pop() ?? productKernels();
  const cols = factors[0]?.A.cols ?? 0;
  const width = Math.ceil(cols / PANEL) * PANEL;
  const tall = Math.ceil(height / PANEL) * PANEL;
  const deepest = Math.max(0, ...factors.map(({ A }) => A.rows));
  let end = tall * deepest; // B's rows come first
  const places = factors.map(({ A }) => {
    const [packed, block] = [end, end + width * A.rows];
    end = block + tall * width;
    return { packed, block };
  });
  const memory = kernels.numbers(end);
  for (const [i, { A }] of factors.entries()) packColumns(memory, A, places[i]!.packed);

  const tile = (product: number, { from, to, column: first, count }: Tile): Float64Array => {
    const { B, A, scale } = factors[product]!;
    const { packed, block: at } = places[product]!;
    const depth = A.rows;
    packRows(memory, B, { from, to, scale });
    const panels = Math.ceil((to - from) / PANEL);
    const wide = Math.ceil(count / PANEL) * PANEL;
    memory.fill(0, at, at + panels * PANEL * wide);
    for (let column = 0; column < wide; column += COLUMNS) {
      // Of rank 0 there is nothing to add.
      if (depth === 0) break;
      const strips = Math.min(COLUMNS, wide - column) / PANEL;
      const b = packed + (first + column) * depth;
      kernels.panelProduct(panels, strips, depth, 0, 8 * b, 8 * (at + column), 8 * wide, 0);
    }
    if (wide !== count)
      for (let row = 1; row < to - from; row++)
        memory.copyWithin(at + row * count, at + row * wide, at + row * wide + count);
    return memory.subarray(at, at + (to - from) * count);
  };
  const block = (product: number, from: number, to: number): Float64Array =>
    tile(product, { from, to, column: 0, count: cols });
  return { block, tile, close: () => idle.push(kernels) };
}

/** Panels of four columns, depth after depth. */
function packColumns(memory: Float64Array, { rows, cols, data }: Numbers, at: number): void {
  for (let l = 0; l < rows; l++) {
    for (let column = 0; column < cols; column++) {
      const panel = Math.floor(column / PANEL);
      memory[at + (panel * rows + l) * PANEL + (column % PANEL)] = data[l * cols + column]!;
    }
  }
}

/** Panels of four rows at the beginning of the memory; rows that are not there are zeros. */
function packRows(
  memory: Float64Array,
  { cols, data }: Numbers,
  { from, to, scale }: { from: number; to: number; scale: number },
): void {
  for (let first = from, at = 0; first < to; first += PANEL) {
    for (let l = 0; l < cols; l++)
      for (let row = first; row < first + PANEL; row++) memory[at++] = row < to ? data[row * cols + l]! * scale : 0;
  }
}
