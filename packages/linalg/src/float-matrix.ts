import { scale } from "./arithmetic.ts";
import type { Matrix, Numbers } from "./matrix.ts";
import type { Products, RowSource } from "./products.ts";
import { SQUARE, STRIP_BYTES } from "./wasm/float-product.ts";
import { floatKernels } from "./wasm/kernels.ts";

/** Columns, and panels of four rows, whose part of the other factor is near the processor while the matrix passes by. */
const [COLUMNS, PANELS] = [384, 24];

/** Of the matrix, what stays in the second cache between its two products. */
const NEAR_BYTES = 2 ** 18;

/** A panel's end: without it the panels of a matrix whose width is a power of two would meet in one set of the cache. */
const GAP_BYTES = 64;

/** Larger ones do not fit a WebAssembly memory, with what they are multiplied by. */
const MOST_BYTES = 3 * 2 ** 30;

const upTo = (n: number, step: number): number => Math.ceil(n / step) * step;

export const fitsFloatMatrix = ({ rows, cols }: Pick<Matrix, "rows" | "cols">): boolean =>
  4 * upTo(rows, SQUARE) * upTo(cols, SQUARE) <= MOST_BYTES;

/**
 * A matrix rounded to float32, in WebAssembly's memory, in squares of 4 × 4 numbers that both A X and Aᵀ Y read in order. Sums run in
 * float32, over 384 numbers or 96 at a time; with `exact`, in float64. There is one such matrix at a time: valid until the next is made.
 */
export function floatMatrix({ rows, cols, fill }: RowSource): Products {
  const { numbers, putRow, floatTimes, floatTransposedTimes, wideTransposedTimes } = floatKernels();
  const [height, width] = [upTo(rows, SQUARE), upTo(cols, SQUARE)];
  const panelBytes = width * SQUARE * 4 + GAP_BYTES;
  const panels = height / SQUARE;
  const end = panels * panelBytes;
  // A row on its way to its place, and the sum of its squares, lie behind the matrix.
  const sumAt = end + 4 * width;
  const { buffer } = numbers((sumAt + 16) / 8);
  const stored = new Float32Array(buffer, 0, end / 4).fill(0);
  const staged = new Float32Array(buffer, end, width).fill(0);
  const sums = new Float64Array(buffer, sumAt, 2);
  let squaredNorm = 0;
  const placeOf = (row: number): number => Math.floor(row / SQUARE) * (panelBytes / 4) + (row % SQUARE);
  const put = (values: Numbers["data"], from: number): void => {
    for (let row = from, at = 0; at < values.length; row++, at += cols) {
      staged.set(values.subarray(at, at + cols));
      sums.fill(0);
      putRow(width / SQUARE, end, 4 * placeOf(row), sumAt);
      squaredNorm += sums[0]! + sums[1]!;
    }
  };
  const set = (at: number, value: number): void => {
    const to = placeOf(Math.floor(at / cols)) + (at % cols) * SQUARE;
    squaredNorm += Math.fround(value) ** 2 - stored[to]! ** 2;
    stored[to] = value;
  };
  fill(put, set);

  /** What it is multiplied by, and the products, follow the matrix: strips of so many columns, row by row. */
  const areas = (count: number, { sides, wide = false }: { sides: readonly number[]; wide?: boolean }) => {
    const perStrip = STRIP_BYTES / (wide ? 8 : 4);
    const strips = Math.ceil(count / perStrip);
    let at = end;
    const places = sides.map((side) => ({
      side,
      perStrip,
      at,
      pitch: side * STRIP_BYTES,
      end: (at += strips * side * STRIP_BYTES),
    }));
    const { buffer } = numbers(at / 8);
    return places.map((own): Area => {
      const bytes = own.end - own.at;
      const data = wide ? new Float64Array(buffer, own.at, bytes / 8) : new Float32Array(buffer, own.at, bytes / 4);
      return { ...own, strips, data: data.fill(0) };
    });
  };

  /** C += A B for `count` of A's panels, from `first` on. */
  const addTimes = (B: Area, C: Area, { first, count }: { first: number; count: number }): void => {
    for (let from = 0; from < width; from += COLUMNS) {
      const steps = Math.min(COLUMNS, width - from) / SQUARE;
      const [a, b] = [first * panelBytes + from * SQUARE * 4, B.at + from * STRIP_BYTES];
      const c = C.at + first * SQUARE * STRIP_BYTES;
      floatTimes(count, panelBytes, steps, 64, a, B.strips, b, B.pitch, c, C.pitch);
    }
  };
  const times = (X: Matrix): Matrix => {
    const [B, C] = areas(X.cols, { sides: [width, height] });
    toStrips(X, B!);
    addTimes(B!, C!, { first: 0, count: panels });
    return fromStrips(C!, { rows, cols: X.cols });
  };

  /** C += Aᵀ B for `count` of A's panels, from `first` on. */
  const addTransposedTimes = (B: Area, C: Area, { first, count }: { first: number; count: number }): void => {
    const product = B.data instanceof Float64Array ? wideTransposedTimes : floatTransposedTimes;
    const [a, b] = [first * panelBytes, B.at + first * SQUARE * STRIP_BYTES];
    product(width / SQUARE, 64, count, panelBytes, a, B.strips, b, B.pitch, C.at, C.pitch);
  };
  const transposedTimes = (Y: Matrix, { exact = false } = {}): Matrix => {
    const [B, C] = areas(Y.cols, { sides: [height, width], wide: exact });
    toStrips(Y, B!);
    for (let first = 0; first < panels; first += PANELS)
      addTransposedTimes(B!, C!, { first, count: Math.min(PANELS, panels - first) });
    return fromStrips(C!, { rows: cols, cols: Y.cols });
  };

  const roundTrip = (X: Matrix, Z: Matrix): { there: Matrix; back: Matrix } => {
    const [B, there, back] = areas(X.cols, { sides: [width, height, width] });
    toStrips(X, B!);
    toStrips(scale(Z, -1), there!);
    const together = Math.max(1, Math.min(PANELS, Math.floor(NEAR_BYTES / panelBytes)));
    for (let first = 0; first < panels; first += together) {
      const part = { first, count: Math.min(together, panels - first) };
      addTimes(B!, there!, part);
      addTransposedTimes(there!, back!, part);
    }
    return { there: fromStrips(there!, { rows, cols: X.cols }), back: fromStrips(back!, { rows: cols, cols: X.cols }) };
  };
  return { rows, cols, squaredNorm, times, transposedTimes, roundTrip };
}

/** A matrix in strips. */
interface Area {
  /** Rows of a strip, and columns. */
  readonly side: number;
  readonly perStrip: number;
  readonly strips: number;
  /** Address, and bytes from strip to strip. */
  readonly at: number;
  readonly pitch: number;
  readonly data: Float32Array | Float64Array;
}

function toStrips({ rows, cols, data }: Matrix, { data: strips, perStrip, side }: Area): void {
  for (let j = 0; j < cols; j++) {
    let to = Math.floor(j / perStrip) * side * perStrip + (j % perStrip);
    for (let i = 0, at = j; i < rows; i++, at += cols, to += perStrip) strips[to] = data[at]!;
  }
}

function fromStrips({ data: strips, perStrip, side }: Area, { rows, cols }: Pick<Matrix, "rows" | "cols">): Matrix {
  const data = new Float64Array(rows * cols);
  for (let j = 0; j < cols; j++) {
    let at = Math.floor(j / perStrip) * side * perStrip + (j % perStrip);
    for (let i = 0, to = j; i < rows; i++, at += perStrip, to += cols) data[to] = strips[at]!;
  }
  return { rows, cols, data };
}
