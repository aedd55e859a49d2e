import type { Matrix } from "./matrix.ts";
import type { Products, RowSource } from "./products.ts";
import { SQUARE, STRIP_BYTES } from "./wasm/float-product.ts";
import { floatKernels } from "./wasm/kernels.ts";

/** Columns, and panels of four rows, whose part of the other factor is near the processor while the matrix passes by. */
const [COLUMNS, PANELS] = [384, 24];

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
  const { numbers, floatTimes, floatTransposedTimes, wideTransposedTimes } = floatKernels();
  const [height, width] = [upTo(rows, SQUARE), upTo(cols, SQUARE)];
  const panelBytes = width * SQUARE * 4 + GAP_BYTES;
  const panels = height / SQUARE;
  const end = panels * panelBytes;
  const stored = new Float32Array(numbers(end / 8).buffer, 0, end / 4).fill(0);
  let squaredNorm = 0;
  const placeOf = (row: number): number => Math.floor(row / SQUARE) * (panelBytes / 4) + (row % SQUARE);
  const put = (values: Float64Array, from: number): void => {
    for (let row = from, at = 0; at < values.length; row++) {
      let to = placeOf(row);
      let sum = 0;
      for (const last = at + cols; at < last; at++, to += SQUARE) {
        const value = Math.fround(values[at]!);
        stored[to] = value;
        sum += value * value;
      }
      squaredNorm += sum;
    }
  };
  const set = (at: number, value: number): void => {
    const to = placeOf(Math.floor(at / cols)) + (at % cols) * SQUARE;
    squaredNorm += Math.fround(value) ** 2 - stored[to]! ** 2;
    stored[to] = value;
  };
  fill(put, set);

  /** B and C follow the matrix: strips of so many columns, row by row. */
  const areas = (count: number, sides: { inner: number; outer: number; wide: boolean }) => {
    const perStrip = STRIP_BYTES / (sides.wide ? 8 : 4);
    const strips = Math.ceil(count / perStrip);
    const [bBytes, cBytes] = [sides.inner * STRIP_BYTES, sides.outer * STRIP_BYTES];
    const cAt = end + strips * bBytes;
    const { buffer } = numbers((cAt + strips * cBytes) / 8);
    const array = (at: number, bytes: number) =>
      sides.wide ? new Float64Array(buffer, at, bytes / 8) : new Float32Array(buffer, at, bytes / 4);
    const [B, C] = [array(end, strips * bBytes).fill(0), array(cAt, strips * cBytes).fill(0)];
    return { perStrip, strips, bBytes, cBytes, cAt, B, C };
  };

  const times = (X: Matrix): Matrix => {
    const area = areas(X.cols, { inner: width, outer: height, wide: false });
    toStrips(X, area.B, { ...area, side: width });
    for (let from = 0; from < width; from += COLUMNS) {
      const steps = Math.min(COLUMNS, width - from) / SQUARE;
      const [a, b] = [from * SQUARE * 4, end + from * STRIP_BYTES];
      floatTimes(panels, panelBytes, steps, 64, a, area.strips, b, area.bBytes, area.cAt, area.cBytes);
    }
    return fromStrips(area.C, { ...area, side: height, rows, cols: X.cols });
  };
  const transposedTimes = (Y: Matrix, { exact = false } = {}): Matrix => {
    const area = areas(Y.cols, { inner: height, outer: width, wide: exact });
    toStrips(Y, area.B, { ...area, side: height });
    const product = exact ? wideTransposedTimes : floatTransposedTimes;
    for (let from = 0; from < panels; from += PANELS) {
      const steps = Math.min(PANELS, panels - from);
      const [a, b] = [from * panelBytes, end + from * SQUARE * STRIP_BYTES];
      product(width / SQUARE, 64, steps, panelBytes, a, area.strips, b, area.bBytes, area.cAt, area.cBytes);
    }
    return fromStrips(area.C, { ...area, side: width, rows: cols, cols: Y.cols });
  };
  return { rows, cols, squaredNorm, times, transposedTimes };
}

interface Strips {
  readonly perStrip: number;
  /** Rows of a strip. */
  readonly side: number;
}

function toStrips({ rows, cols, data }: Matrix, B: Float32Array | Float64Array, { perStrip, side }: Strips): void {
  for (let j = 0; j < cols; j++) {
    let to = Math.floor(j / perStrip) * side * perStrip + (j % perStrip);
    for (let i = 0, at = j; i < rows; i++, at += cols, to += perStrip) B[to] = data[at]!;
  }
}

function fromStrips(
  C: Float32Array | Float64Array,
  { perStrip, side, rows, cols }: Strips & Pick<Matrix, "rows" | "cols">,
): Matrix {
  const data = new Float64Array(rows * cols);
  for (let j = 0; j < cols; j++) {
    let at = Math.floor(j / perStrip) * side * perStrip + (j % perStrip);
    for (let i = 0, to = j; i < rows; i++, at += perStrip, to += cols) data[to] = C[at]!;
  }
  return { rows, cols, data };
}
