import { LinalgError } from "./errors.ts";
import type { Numbers } from "./matrix.ts";
import { kernels } from "./wasm/kernels.ts";
import { perSource, RULE } from "./wasm/elect-signs.ts";

/** One of the arrays that vote. */
export interface Voter {
  /** Float32 numbers, if all arrays' are. */
  readonly values: Numbers["data"];
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
  /** What was elected, of the arrays' type. */
  readonly values: Numbers["data"];
  /** For each array, how many magnitudes are at least `until`. */
  readonly above: readonly number[];
  /** For each two places that follow one another, or four of float32, whose magnitude is within its array's bounds in any array: the first place's bit is 1. */
  readonly within: Uint8Array;
}

/** Places at a time: with some ten arrays they fit the second cache. */
const CHUNK = 8192;

/**
 * Entry by entry: the sign that the arrays elect, Σ weight · value over the values that have it (times their voter), divided by the sum of
 * their shares where that is not zero. Zeros have no sign. Sums run in the order of the arrays, in the arrays' type, to which the
 * voters' numbers are rounded; the same bits on every machine.
 *
 * @throws {LinalgError} E_SHAPE unless there are arrays, of one length and type
 */
export const electSigns = (voters: readonly Voter[], election: SignElection): Numbers["data"] =>
  electWithin(
    voters.map((voter) => ({ ...voter, from: Infinity, until: Infinity })),
    election,
  ).values;

/**
 * electSigns, and what a look at the magnitudes says.
 *
 * @param into takes what is elected, if given
 * @throws {LinalgError} E_SHAPE unless there are arrays, of one length and type
 */
export function electWithin(
  voters: readonly (Voter & Bounds)[],
  { by, even }: SignElection,
  into?: Numbers["data"],
): BoundedElection {
  const [length, Type] = typeOf(voters, into);
  const bytes = Type.BYTES_PER_ELEMENT;
  const [lanes, rule] = [16 / bytes, perSource(16 / bytes)];
  const isBounded = voters.some(({ from }) => from < Infinity);
  const side = by === "sum" ? "Sum" : "Signs";
  const elect = kernels()[`elect${bytes === 4 ? "Floats" : ""}By${side}${isBounded ? "Within" : ""}`];
  // Addresses, in numbers: rules, mask and ones, values, what is elected, and a byte for each group.
  const common = 4 * Math.ceil((rule * voters.length) / 4);
  const valuesAt = common + 2 * lanes;
  const outAt = valuesAt + voters.length * CHUNK;
  const { buffer } = kernels().numbers(Math.ceil(((outAt + CHUNK) * bytes + CHUNK / lanes) / 8));
  const memory = new Type(buffer, 0, outAt + CHUNK);
  const doubtsAt = bytes * memory.length;
  const doubts = new Uint8Array(buffer, doubtsAt, CHUNK / lanes);
  for (const [i, { least, voter, weight, share, from, until }] of voters.entries())
    memory.set([least, voter, weight, share, from, until], rule * i);
  new Uint32Array(buffer, bytes * common, 4).fill(even === 1 ? 0xffffffff : 0);
  memory.fill(1, common + lanes, common + 2 * lanes);
  const values = into?.subarray(0, length) ?? new Type(length);
  const within = new Uint8Array(Math.ceil(length / lanes));
  const above = voters.map(() => 0);
  for (let from = 0; from < length; from += CHUNK) {
    const size = Math.min(CHUNK, length - from);
    const groups = Math.ceil(size / lanes);
    for (const [i, voter] of voters.entries()) {
      const at = valuesAt + i * CHUNK;
      memory.set(voter.values.subarray(from, from + size), at);
      // Places that fill up a group have no size.
      memory.fill(0, at + size, at + groups * lanes);
      memory.fill(0, rule * i + RULE.counts, rule * (i + 1));
    }
    elect(groups, voters.length, bytes * valuesAt, bytes * CHUNK, 0, bytes * common, bytes * outAt, doubtsAt);
    values.set(memory.subarray(outAt, outAt + size), from);
    if (!isBounded) continue;
    within.set(doubts.subarray(0, groups), from / lanes);
    for (let i = 0; i < voters.length; i++)
      for (let lane = 0; lane < lanes; lane++) above[i]! += memory[rule * i + RULE.counts + lane]!;
  }
  return { values, above, within };
}

function typeOf(
  voters: readonly Voter[],
  into: Numbers["data"] | undefined,
): [length: number, type: Float64ArrayConstructor | Float32ArrayConstructor] {
  const length = voters[0]?.values.length;
  const Type = voters[0]?.values instanceof Float32Array ? Float32Array : Float64Array;
  const arrays = [...voters.map(({ values }) => values), ...(into === undefined ? [] : [into.subarray(0, length)])];
  if (length === undefined || arrays.some((own) => own.length !== length || !(own instanceof Type))) {
    const found = arrays.map((own) => `${own.length} of ${own.BYTES_PER_ELEMENT} bytes`).join(", ");
    throw new LinalgError("E_SHAPE", `electSigns: expected arrays of one length and type, got [${found}]`);
  }
  return [length, Type];
}
