import { keepBelow } from "@prefdelta/linalg";
import type { Random } from "@prefdelta/random";
import { reusedMemory, rowBlocks, type DeltaRows, type Values } from "./delta-rows.ts";
import { magnitudeThreshold } from "./magnitude-threshold.ts";

/** The matrix with every block of it changed: `change` is given values that it may write to, and the block's first row. */
function mapped(delta: DeltaRows, change: (values: Values, from: number) => void): DeltaRows {
  const memoryFor = reusedMemory();
  const copied = (read: Values): Values => {
    const values = memoryFor(read);
    values.set(read);
    return values;
  };
  const block = (from: number, to: number): Values => {
    const read = delta.block(from, to);
    const values = delta.isFresh === true ? read : copied(read);
    change(values, from);
    return values;
  };
  return { ...delta, block, isFresh: true };
}

/** How many entries trimming to a density keeps: at least one. */
export const trimmedCount = (delta: Pick<DeltaRows, "rows" | "cols">, density: number): number =>
  Math.max(1, Math.floor(density * delta.rows * delta.cols));

/**
 * Keeps the `density` share of the entries that are largest in magnitude, and any as large as the last of these: equal entries stand or
 * fall together, where torch's topk keeps arbitrary ones.
 */
export function trim(delta: DeltaRows, density: number): DeltaRows {
  const least = magnitudeThreshold(delta, trimmedCount(delta, density));
  return mapped(delta, (values) => {
    for (let i = 0; i < values.length; i++) if (Math.abs(values[i]!) < least) values[i] = 0;
  });
}

/** As mergekit counts: the largest `gamma` share is dropped, then the smallest until a share of `density` is left. Equal entries: as in trim. */
export function trimBothEnds(delta: DeltaRows, { density, gamma }: { density: number; gamma: number }): DeltaRows {
  const size = delta.rows * delta.cols;
  const kept = Math.floor(density * size);
  // gamma gives way where it would cost density.
  const top = Math.min(Math.floor(gamma * size), size - kept);
  const most = top === 0 ? Infinity : magnitudeThreshold(delta, top);
  const least = magnitudeThreshold(delta, top + kept);
  return mapped(delta, (values) => {
    for (let i = 0; i < values.length; i++) {
      const magnitude = Math.abs(values[i]!);
      if (magnitude < least || magnitude >= most) values[i] = 0;
    }
  });
}

/** Keeps each entry with probability `density`, divided by the divisor. */
function thinned(
  delta: DeltaRows,
  density: number,
  { random, divisor }: { random: Random; divisor: number },
): DeltaRows {
  const limit = density * 2 ** 32;
  let memory = new Uint32Array(0);
  return mapped(delta, (values, from) => {
    if (memory.length < values.length) memory = new Uint32Array(values.length);
    const words = memory.subarray(0, values.length);
    for (let row = from, i = 0; i < values.length; row++, i += delta.cols)
      draw(random.fork("drop", delta.index, row), words.subarray(i, i + delta.cols));
    keepBelow(values, words, { limit, divisor });
  });
}

/** A word for each place, 2³² times what the stream gives. */
function draw(stream: Random, words: Uint32Array): void {
  if (stream.words !== undefined) stream.words(words);
  else for (let i = 0; i < words.length; i++) words[i] = Math.min(stream.next() * 2 ** 32, 2 ** 32 - 1);
}

/** Keeps each entry with probability `density`. */
export const keepAtRandom = (delta: DeltaRows, density: number, random: Random): DeltaRows =>
  density >= 1 ? delta : thinned(delta, density, { random, divisor: 1 });

/** Drop And REscale: what is kept is divided by the density, so that the expected matrix stays. */
export const drop = (delta: DeltaRows, density: number, random: Random): DeltaRows =>
  density >= 1 ? delta : thinned(delta, density, { random, divisor: density });

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
  const factor = before! / after!;
  return after === 0
    ? sparse
    : mapped(sparse, (values) => {
        for (let i = 0; i < values.length; i++) values[i]! *= factor;
      });
}

function sumOfMagnitudes(delta: DeltaRows): number {
  let sum = 0;
  for (const [from, to] of rowBlocks(delta)) for (const value of delta.block(from, to)) sum += Math.abs(value);
  return sum;
}
