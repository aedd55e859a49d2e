import { memoryLike, type Values } from "./delta-rows.ts";

/** Places of several matrices that are not decided yet, with the value that every matrix has there. */
export interface SetAside {
  /** Of blocks that begin at that place: the places that have a bit in `noted`, as `electWithin` gives them for these blocks. */
  readonly put: (blocks: readonly Values[], noted: Uint8Array, first: number) => void;
  /** All places so far, and each matrix' values there, in the blocks' type. */
  readonly read: () => { readonly places: Float64Array; readonly values: readonly Values[] };
}

/** @param expected how many places, more or less */
export function setAside(expected: number): SetAside {
  let places = new Float64Array(expected);
  let values: Values[] = [];
  let at = new Uint32Array(0);
  let count = 0;
  const put = (blocks: readonly Values[], noted: Uint8Array, first: number): void => {
    const { length } = blocks[0]!;
    if (at.length < length) at = new Uint32Array(length);
    const found = placesOf(noted, { lanes: 16 / blocks[0]!.BYTES_PER_ELEMENT, length }, at);
    if (values.length === 0) values = blocks.map((block) => memoryLike(block, expected));
    if (count + found > places.length) {
      const room = Math.ceil(1.5 * (count + found));
      [places, values] = [longer(places, room), values.map((own) => longer(own, room))];
    }
    for (let j = 0, to = count; j < found; j++) places[to++] = first + at[j]!;
    // Loops over one array each are several times as fast.
    for (const [i, block] of blocks.entries()) {
      const own = values[i]!;
      for (let j = 0, to = count; j < found; j++) own[to++] = block[at[j]!]!;
    }
    count += found;
  };
  const read = () => ({
    places: places.subarray(0, count),
    values: values.map((own) => own.subarray(0, count)),
  });
  return { put, read };
}

/** The places, below `length`, that have a bit; gives how many. */
function placesOf(noted: Uint8Array, { lanes, length }: { lanes: number; length: number }, into: Uint32Array): number {
  let found = 0;
  const fours = new Uint32Array(noted.buffer, noted.byteOffset, noted.length >>> 2);
  // Where nothing is noted, four bytes at a time are passed over; those beyond the last four are looked at one by one.
  for (let four = 0; four <= fours.length; four++) {
    if (fours[four] === 0) continue;
    for (let group = 4 * four; group < Math.min(noted.length, 4 * four + 4); group++) {
      for (let bits = noted[group]!, place = lanes * group; bits !== 0 && place < length; bits >>>= 1, place++)
        if ((bits & 1) === 1) into[found++] = place;
    }
  }
  return found;
}

function longer<T extends Values>(values: T, length: number): T {
  const longer = memoryLike(values, length) as T;
  longer.set(values);
  return longer;
}
