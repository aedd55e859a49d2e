import type { Bracket } from "./sample-bracket.ts";

/** Places of several matrices that are not decided yet, with the value that every matrix has there. */
export interface SetAside {
  /** Of blocks that begin at that place: what is within a matrix' bracket, where `noted`, an array of its own, has a mark for its pair of places. */
  readonly put: (blocks: readonly Float64Array[], noted: Uint8Array, first: number) => void;
  /** The places, and then each matrix' values. */
  readonly columns: () => Float64Array[];
}

/** @param expected how many places, more or less */
export function setAside(brackets: readonly Pick<Bracket, "from" | "until">[], expected: number): SetAside {
  // Columns of their own, and one after the other: loops over one array each are several times as fast.
  let columns: Float64Array[] = Array.from({ length: 1 + brackets.length }, () => new Float64Array(expected));
  let [at, isWithin] = [new Uint32Array(0), new Uint8Array(0)];
  let count = 0;
  const put = (blocks: readonly Float64Array[], noted: Uint8Array, first: number): void => {
    if (at.length < 2 * noted.length)
      [at, isWithin] = [new Uint32Array(2 * noted.length), new Uint8Array(2 * noted.length)];
    let found = placesOf(noted, blocks[0]!.length, at);
    isWithin.fill(0, 0, found);
    for (const [i, { from, until }] of brackets.entries()) {
      const values = blocks[i]!;
      for (let j = 0; j < found; j++) {
        const size = Math.abs(values[at[j]!]!);
        if (size >= from && size < until) isWithin[j] = 1;
      }
    }
    found = keepMarked(at, isWithin, found);
    if (count + found > columns[0]!.length) columns = columns.map((own) => longer(own, 1.5 * (count + found)));
    for (let j = 0, to = count; j < found; j++) columns[0]![to++] = first + at[j]!;
    for (const [i, values] of blocks.entries()) {
      const own = columns[1 + i]!;
      for (let j = 0, to = count; j < found; j++) own[to++] = values[at[j]!]!;
    }
    count += found;
  };
  return { put, columns: () => columns.map((own) => own.subarray(0, count)) };
}

/** Both places of every pair that has a mark; gives how many. */
function placesOf(noted: Uint8Array, length: number, into: Uint32Array): number {
  let found = 0;
  const fours = new Uint32Array(noted.buffer, 0, noted.length >>> 2);
  for (let four = 0; four <= fours.length; four++) {
    if (fours[four] === 0) continue;
    for (let pair = 4 * four; pair < Math.min(noted.length, 4 * four + 4); pair++) {
      if (noted[pair] === 0) continue;
      into[found++] = 2 * pair;
      if (2 * pair + 1 < length) into[found++] = 2 * pair + 1;
    }
  }
  return found;
}

function keepMarked(places: Uint32Array, marks: Uint8Array, count: number): number {
  let kept = 0;
  for (let j = 0; j < count; j++) if (marks[j] === 1) places[kept++] = places[j]!;
  return kept;
}

function longer(values: Float64Array, length: number): Float64Array {
  const longer = new Float64Array(Math.ceil(length));
  longer.set(values);
  return longer;
}
