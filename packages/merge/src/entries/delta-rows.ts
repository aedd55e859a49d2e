import { matrix, multiply } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { LoraModule } from "@prefdelta/lora";
import type { Random } from "@prefdelta/random";

/** A matrix that is read by blocks of rows, and may not exist as a whole: an adapter's update, a factor of it, a core. */
export interface DeltaRows {
  readonly rows: number;
  readonly cols: number;
  /** What it counts in the merge. */
  readonly weight: number;
  /** Place of its adapter among all: names its random numbers. */
  readonly index: number;
  /** Rows `from` up to, not including, `to`, row-major. The caller may keep it but not write to it. */
  readonly block: (from: number, to: number) => Float64Array;
}

/** Rows of the merged matrix. */
export type MergeRows = (from: number, to: number) => Float64Array;

/** Looks at all it needs to know of the whole matrices, and gives what merges them row by row. */
export type EntryMerger = (deltas: readonly DeltaRows[], random: Random) => MergeRows;

/** Blocks of about this many numbers: a few of them fit the cache. */
const BLOCK = 1 << 17;

/** [from, to) of each block of rows. */
export function* rowBlocks({ rows, cols }: Pick<DeltaRows, "rows" | "cols">): Generator<[from: number, to: number]> {
  const height = Math.max(1, Math.floor(BLOCK / Math.max(1, cols)));
  for (let from = 0; from < rows; from += height) yield [from, Math.min(rows, from + height)];
}

/** Of an update ΔW = scale · B · A, whose blocks are formed when they are asked for. */
export function updateRows(
  { A, B, rank, inFeatures, outFeatures, scale }: LoraModule,
  { weight, index }: Pick<DeltaRows, "weight" | "index">,
): DeltaRows {
  const read = matrix(rank, inFeatures, A);
  const block = (from: number, to: number): Float64Array => {
    const write = matrix(to - from, rank, B.subarray(from * rank, to * rank));
    for (let i = 0; i < write.data.length; i++) write.data[i]! *= scale;
    return multiply(write, read).data;
  };
  return { rows: outFeatures, cols: inFeatures, weight, index, block };
}

/** The same, for readers that come back for a block before they go on to the next: it is formed once. */
export function remembering(delta: DeltaRows): DeltaRows {
  let last: { from: number; to: number; values: Float64Array } | undefined;
  const block = (from: number, to: number): Float64Array => {
    if (last?.from !== from || last.to !== to) last = { from, to, values: delta.block(from, to) };
    return last.values;
  };
  return { ...delta, block };
}

/** Of a matrix in memory. */
export const matrixRows = (
  { rows, cols, data }: Matrix,
  { weight, index }: Pick<DeltaRows, "weight" | "index">,
): DeltaRows => ({ rows, cols, weight, index, block: (from, to) => data.subarray(from * cols, to * cols) });

/** All rows, block by block. */
export function collectRows(merge: MergeRows, { rows, cols }: Pick<DeltaRows, "rows" | "cols">): Matrix {
  const data = new Float64Array(rows * cols);
  for (const [from, to] of rowBlocks({ rows, cols })) data.set(merge(from, to), from * cols);
  return { rows, cols, data };
}
