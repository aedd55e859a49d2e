import type { Numbers } from "./matrix.ts";
import { type ProductKernels, productKernels } from "./wasm/kernels.ts";
import { FLOAT_PANEL, PANEL } from "./wasm/panel-product.ts";

/** One product B · A; B is out × r, A is r × in. */
export interface RowFactors {
  readonly B: Numbers;
  readonly A: Numbers;
  /** Multiplies B. */
  readonly scale: number;
}

export interface RowProducts {
  /**
   * Rows `from` up to, not including, `to` of product i, row-major, float32 numbers where sums are: in the products' own memory, until that
   * product's next block.
   */
  readonly block: (product: number, from: number, to: number) => Numbers["data"];
  /** `count` columns of them, from `column` on, which is a multiple of eight. */
  readonly tile: (product: number, tile: Tile) => Numbers["data"];
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

export interface RowProductsOptions {
  /** Rows of a block at most. */
  readonly height: number;
  /** Whether sums run in float32, which takes half the time; in float64 they are what `multiply` gives of more than 4096 terms, up to a rank of 256, bit for bit. */
  readonly float?: boolean;
}

/**
 * Products of one shape that are read by blocks of rows. A is packed for the kernel once, and blocks are written where they are read: no memory
 * is taken for them.
 */
export function rowProducts(
  factors: readonly RowFactors[],
  { height, float = false }: RowProductsOptions,
): RowProducts {
  const kernels = idle.pop() ?? productKernels();
  const panel = float ? FLOAT_PANEL : PANEL;
  const bytes = float ? 4 : 8;
  const upTo = (n: number): number => Math.ceil(n / panel) * panel;
  const cols = factors[0]?.A.cols ?? 0;
  const [width, tall] = [upTo(cols), upTo(height)];
  const deepest = Math.max(0, ...factors.map(({ A }) => A.rows));
  // Addresses, in bytes, of what is a multiple of four numbers: B's rows come first.
  let end = bytes * tall * deepest;
  const places = factors.map(({ A }) => {
    const [packed, block] = [end, end + bytes * width * A.rows];
    end = block + bytes * tall * width;
    return { packed, block };
  });
  const wideMemory = kernels.numbers(Math.ceil(end / 8));
  const memory = float ? new Float32Array(wideMemory.buffer) : wideMemory;
  for (const [i, { A }] of factors.entries()) packColumns(memory, A, { at: places[i]!.packed / bytes, panel });

  const tile = (product: number, { from, to, column: first, count }: Tile): Numbers["data"] => {
    const { B, A, scale } = factors[product]!;
    const place = places[product]!;
    const depth = A.rows;
    packRows(memory, B, { from, to, scale, panel });
    const panels = Math.ceil((to - from) / panel);
    const wide = upTo(count);
    const at = place.block / bytes;
    if (!float || depth === 0) memory.fill(0, at, at + panels * panel * wide);
    for (let column = 0; column < wide; column += COLUMNS) {
      // Of rank 0 there is nothing to add.
      if (depth === 0) break;
      const strips = Math.min(COLUMNS, wide - column) / panel;
      const b = place.packed + bytes * (first + column) * depth;
      const multiply = float ? kernels.newFloatPanelProduct : kernels.panelProduct;
      multiply(panels, strips, depth, 0, b, place.block + bytes * column, bytes * wide, 0);
    }
    if (wide !== count)
      for (let row = 1; row < to - from; row++)
        memory.copyWithin(at + row * count, at + row * wide, at + row * wide + count);
    return memory.subarray(at, at + (to - from) * count);
  };
  const block: RowProducts["block"] = (product, from, to) => tile(product, { from, to, column: 0, count: cols });
  return { block, tile, close: () => idle.push(kernels) };
}

/** Panels of so many columns, depth after depth. */
function packColumns(
  memory: Numbers["data"],
  { rows, cols, data }: Numbers,
  { at, panel }: { readonly at: number; readonly panel: number },
): void {
  for (let l = 0; l < rows; l++) {
    for (let column = 0; column < cols; column++) {
      const own = Math.floor(column / panel);
      memory[at + (own * rows + l) * panel + (column % panel)] = data[l * cols + column]!;
    }
  }
}

/** Panels of so many rows at the beginning of the memory; rows that are not there are zeros. */
function packRows(
  memory: Numbers["data"],
  { cols, data }: Numbers,
  { from, to, scale, panel }: { from: number; to: number; scale: number; panel: number },
): void {
  for (let first = from, at = 0; first < to; first += panel) {
    for (let l = 0; l < cols; l++)
      for (let row = first; row < first + panel; row++) memory[at++] = row < to ? data[row * cols + l]! * scale : 0;
  }
}
