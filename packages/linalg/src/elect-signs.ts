import { LinalgError } from "./errors.ts";
import { kernels } from "./wasm/kernels.ts";
import { PER_SOURCE } from "./wasm/elect-signs.ts";

/** One of the arrays that vote. */
export interface Voter {
  readonly values: Float64Array;
  /** Values smaller than this have no vote and no part. */
  readonly least: number;
  /** Multiplies a value before it votes. */
  readonly voter: number;
  /** Multiplies a value in the sum. */
  readonly weight: number;
  /** What a value adds to the sum's divisor. */
  readonly share: number;
}

export interface SignElection {
  /** Whether votes are cast by the values themselves or by their signs. */
  readonly by: "sum" | "signs";
  /** The sign of an even vote. */
  readonly even: 1 | -1;
}

/** Bounds of magnitudes. */
export interface Bounds {
  readonly from: number;
  readonly until: number;
}

export interface BoundedElection {
  /** What was elected. */
  readonly values: Float64Array;
  /** For each array, how many magnitudes are at least `until`. */
  readonly above: readonly number[];
  /** For each two places that follow one another, whether a magnitude of either is within its array's bounds: 0 if none is. */
  readonly within: Uint8Array;
}

/** Places at a time: with some ten arrays they fit the second cache. */
const CHUNK = 8192;

/**
 * Entry by entry: the sign that the arrays elect, Σ weight · value over the values that have it (times their voter), divided by the sum of
 * their shares where that is not zero. Zeros have no sign. Sums run in the order of the arrays, in float64; the same bits on every machine.
 *
 * @throws {LinalgError} E_SHAPE unless there are arrays, of one length
 */
export const electSigns = (voters: readonly Voter[], election: SignElection): Float64Array =>
  electWithin(
    voters.map((voter) => ({ ...voter, from: Infinity, until: Infinity })),
    election,
  ).values;

/**
 * electSigns, and what a look at the magnitudes says.
 *
 * @param into takes what is elected, if given
 * @throws {LinalgError} E_SHAPE unless there are arrays, of one length
 */
export function electWithin(
  voters: readonly (Voter & Bounds)[],
  { by, even }: SignElection,
  into?: Float64Array,
): BoundedElection {
  const length = voters[0]?.values.length;
  if (length === undefined || voters.some(({ values }) => values.length !== length)) {
    const found = voters.map(({ values }) => values.length).join(", ");
    throw new LinalgError("E_SHAPE", `electSigns: expected arrays of one length, got [${found}]`);
  }
  const isBounded = voters.some(({ from }) => from < Infinity);
  const { numbers, electBySum, electBySigns, electBySumWithin, electBySignsWithin } = kernels();
  const elect = isBounded
    ? { sum: electBySumWithin, signs: electBySignsWithin }[by]
    : { sum: electBySum, signs: electBySigns }[by];
  const [count, common] = [voters.length, PER_SOURCE * voters.length];
  const [valuesAt, outAt] = [common + 4, common + 4 + count * CHUNK];
  const doubtsAt = outAt + CHUNK;
  const memory = numbers(doubtsAt + CHUNK / 16);
  for (const [i, { least, voter, weight, share, from, until }] of voters.entries())
    memory.set([least, voter, weight, share, from, until, 0, 0], PER_SOURCE * i);
  new Uint32Array(memory.buffer, 8 * common, 4).fill(even === 1 ? 0xffffffff : 0);
  memory.set([1, 1], common + 2);
  const doubts = new Uint8Array(memory.buffer, 8 * doubtsAt, CHUNK / 2);
  const values = into?.subarray(0, length) ?? new Float64Array(length);
  const within = new Uint8Array(Math.ceil(length / 2));
  for (let from = 0; from < length; from += CHUNK) {
    const size = Math.min(CHUNK, length - from);
    for (const [i, voter] of voters.entries()) {
      const at = valuesAt + i * CHUNK;
      memory.set(voter.values.subarray(from, from + size), at);
      // The place that fills up a pair has no size.
      if (size % 2 === 1) memory[at + size] = 0;
    }
    elect(Math.ceil(size / 2), count, 8 * valuesAt, 8 * CHUNK, 0, 8 * common, 8 * outAt, 8 * doubtsAt);
    values.set(memory.subarray(outAt, outAt + size), from);
    if (isBounded) within.set(doubts.subarray(0, Math.ceil(size / 2)), from / 2);
  }
  const above = voters.map((_, i) => memory[PER_SOURCE * i + 6]! + memory[PER_SOURCE * i + 7]!);
  return { values, above, within };
}
