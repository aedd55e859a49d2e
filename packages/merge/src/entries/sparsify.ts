import type { Random } from "@prefdelta/random";
import { rowBlocks, type DeltaRows } from "./delta-rows.ts";
import { magnitudeThreshold } from "./magnitude-threshold.ts";

/** Gives an entry's new value; `at` is its place in the row. */
type EntryRule = (value: number, at: number) => number;

/** The matrix with every entry passed through the rule of its row. */
const mapped = (delta: DeltaRows, ruleOf: (row: number) => EntryRule): DeltaRows => ({
  ...delta,
  block: (from, to) => {
    const values = new Float64Array(delta.block(from, to));
    for (let row = from; row < to; row++) {
      const rule = ruleOf(row);
      const offset = (row - from) * delta.cols;
      for (let i = 0; i < delta.cols; i++) values[offset + i] = rule(values[offset + i]!, i);
    }
    return values;
  },
});

/**
 * Keeps the `count` entries that are largest in magnitude, and any as large as the last of these: equal entries stand or fall together,
 * where torch's topk keeps arbitrary ones.
 */
export function keepLargest(delta: DeltaRows, count: number): DeltaRows {
  const least = magnitudeThreshold(delta, count);
  return mapped(delta, () => (value) => (Math.abs(value) >= least ? value : 0));
}

/** Keeps the `density` share of the entries, but at least one. */
export const trim = (delta: DeltaRows, density: number): DeltaRows =>
  keepLargest(delta, Math.max(1, Math.floor(density * delta.rows * delta.cols)));

/** As mergekit counts: the largest `gamma` share is dropped, then the smallest until a share of `density` is left. Equal entries: as in trim. */
export function trimBothEnds(delta: DeltaRows, { density, gamma }: { density: number; gamma: number }): DeltaRows {
  const size = delta.rows * delta.cols;
  const kept = Math.floor(density * size);
  // gamma gives way where it would cost density.
  const top = Math.min(Math.floor(gamma * size), size - kept);
  const most = top === 0 ? Infinity : magnitudeThreshold(delta, top);
  const least = magnitudeThreshold(delta, top + kept);
  return mapped(delta, () => (value) => (Math.abs(value) >= least && Math.abs(value) < most ? value : 0));
}

/** Keeps each entry with probability `density`. */
export function keepAtRandom(delta: DeltaRows, density: number, random: Random): DeltaRows {
  if (density >= 1) return delta;
  return mapped(delta, (row) => {
    const stream = random.fork("drop", delta.index, row);
    return (value) => (stream.next() < density ? value : 0);
  });
}

/** Drop And REscale: what is kept is divided by the density, so that the expected matrix stays. */
export const drop = (delta: DeltaRows, density: number, random: Random): DeltaRows =>
  mapped(keepAtRandom(delta, density, random), () => (value) => value / density);

/**
 * MagPrune: in each row, the entry of rank j by magnitude (0 the smallest, n − 1 the largest) is kept with probability
 * p = density − ε + 2ε · j / (n − 1), and divided by p if it is to be rescaled. Equal entries get the ranks of their places.
 */
export function dropByMagnitude(
  delta: DeltaRows,
  { density, epsilon, rescale }: { density: number; epsilon: number; rescale: boolean },
  random: Random,
): DeltaRows {
  if (density >= 1) return delta;
  const n = delta.cols;
  return {
    ...delta,
    block: (from, to) => {
      const values = new Float64Array(delta.block(from, to));
      for (let row = from; row < to; row++) {
        const entries = values.subarray((row - from) * n, (row - from + 1) * n);
        const sizes = entries.map(Math.abs);
        const rising = Uint32Array.from(sizes, (_, i) => i).sort((a, b) => sizes[a]! - sizes[b]!);
        const stream = random.fork("drop", delta.index, row);
        const draws = sizes.map(() => stream.next());
        for (const [rank, i] of rising.entries()) {
          // A row of one entry has but one rank, and it is both ends: the middle.
          const p = density - epsilon + (n === 1 ? epsilon : (2 * epsilon * rank) / (n - 1));
          entries[i] = draws[i]! < p ? entries[i]! / (rescale ? p : 1) : 0;
        }
      }
      return values;
    },
  };
}

/** The sparse matrix times the factor that gives it the L1 norm of the original, as mergekit rescales. */
export function matchL1(sparse: DeltaRows, original: DeltaRows): DeltaRows {
  const [after, before] = [sparse, original].map(sumOfMagnitudes);
  return after === 0 ? sparse : mapped(sparse, () => (value) => value * (before! / after!));
}

function sumOfMagnitudes(delta: DeltaRows): number {
  let sum = 0;
  for (const [from, to] of rowBlocks(delta)) for (const value of delta.block(from, to)) sum += Math.abs(value);
  return sum;
}
