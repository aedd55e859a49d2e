import type { DeltaRows } from "./delta-rows.ts";
import { nthSmallest } from "./nth-smallest.ts";

/** Magnitudes that the `keep`-th largest is most likely between; `middle` is the best guess. */
export interface Bracket {
  readonly from: number;
  readonly middle: number;
  readonly until: number;
  /** The share of all entries that it is likely to hold. */
  readonly doubtful: number;
}

/** Rows of a tile that is looked at, and standard errors on either side of the guess. */
const [HEIGHT, ERRORS] = [32, 4];

/** Numbers of the sample: this share of the entries, but no fewer and no more than so many. A larger one leaves less in doubt, and takes longer itself. */
const [SHARE, LEAST, MOST] = [1 / 8, 2 ** 16, 2 ** 19];

/** A bracket that would hold more than this share of the entries is none. */
const WIDEST = 0.02;

/**
 * Where the magnitude of the `keep`-th largest entry is to be looked for, by a sample: of all rows some columns, the next rows' columns
 * beside these, so that neither rows nor columns of different sizes mislead. It is a guess: whoever relies on it counts.
 *
 * @returns null where the sample says too little
 */
export function sampleBracket({ rows, cols, peek }: Omit<DeltaRows, "weight" | "index">, keep: number): Bracket | null {
  const numbers = Math.min(MOST, Math.max(LEAST, SHARE * rows * cols));
  const wanted = Math.max(PANEL, PANEL * Math.floor(numbers / rows / PANEL));
  const count = Math.min(wanted, PANEL * Math.floor(cols / PANEL));
  if (peek === undefined || count === 0) return null;
  const sample = new Float64Array(rows * count);
  for (let from = 0, column = 0; from < rows; from += HEIGHT, column += count) {
    if (column + count > cols) column = 0;
    const values = peek({ from, to: Math.min(rows, from + HEIGHT), column, count });
    for (let i = 0; i < values.length; i++) sample[from * count + i] = Math.abs(values[i]!);
  }
  const share = keep / (rows * cols);
  const error = ERRORS * Math.sqrt((share * (1 - share)) / sample.length);
  if (2 * error > WIDEST || share - error <= 0 || share + error >= 1) return null;
  // Each selection leaves the larger numbers behind its place, where the next one need only look.
  const [low, middle, high] = [share + error, share, share - error].map((part) =>
    Math.floor((1 - part) * sample.length),
  );
  const from = nthSmallest(sample, low!);
  const until = nthSmallest(sample.subarray(low), high! - low!);
  return { from, middle: nthSmallest(sample.subarray(low, high! + 1), middle! - low!), until, doubtful: 2 * error };
}

/** Columns are taken by so many. */
const PANEL = 8;
