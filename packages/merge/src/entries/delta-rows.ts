import { rowProducts } from "@prefdelta/linalg";
import type { Matrix, Numbers, RowFactors, Tile } from "@prefdelta/linalg";
import type { Random } from "@prefdelta/random";
import type { ModuleSource } from "../gather-modules.ts";

/** Entries: of float32 where they were formed in it. */
export type Values = Numbers["data"];

/** A matrix that is read by blocks of rows, and may not exist as a whole: an adapter's update, a factor of it, a core. */
export interface DeltaRows {
  readonly rows: number;
  readonly cols: number;
  /** What it counts in the merge. */
  readonly weight: number;
  /** Place of its adapter among all: names its random numbers. */
  readonly index: number;
  /** Rows `from` up to, not including, `to`, row-major. Valid until this matrix's next block is asked for; written to only where they are fresh. */
  readonly block: (from: number, to: number) => Values;
  /** Whether a block is formed anew whenever it is asked for, so that its reader may write to it. */
  readonly isFresh?: boolean;
  /** A part of a block, which costs less to form; there where forming is what takes time. Takes the place of a block. */
  readonly peek?: (tile: Tile) => Values;
}

/** Rows of the merged matrix, in any order; each is asked for once, and valid until the next. */
export interface MergeRows {
  (from: number, to: number): Values;
  /** To be called after the last of them: entries that are other than they were given, by their place among all. */
  readonly amend?: (set: (at: number, value: number) => void) => void;
}

/** Looks at all it needs to know of the whole matrices, and gives what merges them row by row. */
export type EntryMerger = (deltas: readonly DeltaRows[], random: Random) => MergeRows;

/**
 * Blocks of about this many numbers, a megabyte: some of them fit the second cache, where what an election leaves in doubt is looked up again,
 * and their rows are so many that reading the factor which they are multiplied by costs little beside the product.
 */
const BLOCK = 1 << 17;

const blockHeight = (cols: number): number => Math.max(8, 8 * Math.floor(BLOCK / 8 / Math.max(1, cols)));

/** [from, to) of each block of rows: all but the last of a multiple of eight. */
export function* rowBlocks({ rows, cols }: Pick<DeltaRows, "rows" | "cols">): Generator<[from: number, to: number]> {
  const height = blockHeight(cols);
  for (let from = 0; from < rows; from += height) yield [from, Math.min(rows, from + height)];
}

/** Larger updates are formed in float32, as PEFT and mergekit form them: forming four in float64 is a quarter of all that TIES takes. */
const EXACT = 2 ** 22;

/** Matrices whose blocks are formed when they are asked for, and what gives their memory back when all have been read. */
export interface FormedRows {
  readonly deltas: readonly DeltaRows[];
  /** Whether their sums run in float32. */
  readonly float: boolean;
  readonly close: () => void;
}

/** Of updates ΔW = scale · B · A of one layer; not of more rows than rowBlocks has. */
export const updateRows = (sources: readonly ModuleSource[]): FormedRows =>
  productRows(
    sources.map(({ module: { A, B, rank, scale, outFeatures, inFeatures }, weight, index }) => ({
      B: { rows: outFeatures, cols: rank, data: B },
      A: { rows: rank, cols: inFeatures, data: A },
      scale,
      weight,
      index,
    })),
    sources[0]!.module,
  );

/** Of products of one shape, scale · B · A, that stand for updates of such a layer. */
export function productRows(
  factors: readonly (RowFactors & Pick<DeltaRows, "weight" | "index">)[],
  { outFeatures, inFeatures: cols }: Pick<ModuleSource["module"], "outFeatures" | "inFeatures">,
): FormedRows {
  const { rows } = factors[0]!.B;
  const height = Math.min(rows, blockHeight(cols));
  const float = outFeatures * cols > EXACT;
  const { block, tile, close } = rowProducts(factors, { height, float });
  const deltas = factors.map(({ weight, index }, i): DeltaRows => ({
    rows,
    cols,
    weight,
    index,
    block: (from, to) => block(i, from, to),
    isFresh: true,
    peek: (part) => tile(i, part),
  }));
  return { deltas, float, close };
}

/** Memory for so many values of the same type. */
export const memoryLike = (values: Values, length: number): Values =>
  new (values instanceof Float32Array ? Float32Array : Float64Array)(length);

/** Memory for as many values, of the same type, which is taken again at the next call. */
export function reusedMemory(): (values: Values) => Values {
  let memory: Values = new Float64Array(0);
  return (values) => {
    if (memory.length < values.length || memory.BYTES_PER_ELEMENT !== values.BYTES_PER_ELEMENT)
      memory = memoryLike(values, values.length);
    return memory.subarray(0, values.length);
  };
}

/** The same matrix, for readers that come back for a block before they go on to the next: it is formed once. */
export function remembering(delta: DeltaRows): DeltaRows {
  let last: { from: number; to: number; values: Values } | undefined;
  const block = (from: number, to: number): Values => {
    if (last?.from !== from || last.to !== to) last = { from, to, values: delta.block(from, to) };
    return last.values;
  };
  return { ...delta, block, isFresh: false };
}

/** Of a matrix in memory. */
export const matrixRows = (
  { rows, cols, data }: Matrix,
  { weight, index }: Pick<DeltaRows, "weight" | "index">,
): DeltaRows => ({ rows, cols, weight, index, block: (from, to) => data.subarray(from * cols, to * cols) });

/** All rows, block by block; in float32 if told. */
export function collectRows(merge: MergeRows, size: Pick<DeltaRows, "rows" | "cols">): Matrix;
export function collectRows(merge: MergeRows, size: Pick<DeltaRows, "rows" | "cols">, float: boolean): Numbers;
export function collectRows(
  merge: MergeRows,
  { rows, cols }: Pick<DeltaRows, "rows" | "cols">,
  float = false,
): Numbers {
  const data = new (float ? Float32Array : Float64Array)(rows * cols);
  for (const [from, to] of rowBlocks({ rows, cols })) data.set(merge(from, to), from * cols);
  merge.amend?.((at, value) => (data[at] = value));
  return { rows, cols, data };
}
