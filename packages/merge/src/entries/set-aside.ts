import type { Bracket } from "./sample-bracket.ts";

/** Places of several matrices that are not decided yet, with the value that every matrix has there. */
export interface SetAside {
  /** Of blocks that begin at that place: what is within a matrix' bracket, where `noted`, an array of its own, has a mark for its pair of places. */
  readonly put: (blocks: readonly Float64Array[], noted: Uint8Array, first: number) => void;
  /** The places, and then each matrix' values; nothing is to be put after that. */
  readonly columns: () => Float64Array[];
}

export function setAside(brackets: readonly Pick<Bracket, "from" | "until">[]): SetAside {
  const width = 1 + brackets.length;
  let held = new Float64Array(4096 * width);
  let count = 0;
  const isWithin = (blocks: readonly Float64Array[], at: number): boolean => {
    for (let i = 0; i < blocks.length; i++) {
      const size = Math.abs(blocks[i]![at]!);
      if (size >= brackets[i]!.from && size < brackets[i]!.until) return true;
    }
    return false;
  };
  const putOne = (blocks: readonly Float64Array[], at: number, first: number): void => {
    if (at >= blocks[0]!.length || !isWithin(blocks, at)) return;
    let to = width * count++;
    if (to === held.length) {
      const larger = new Float64Array(width * Math.ceil(1.5 * count));
      larger.set(held);
      held = larger;
    }
    held[to++] = first + at;
    for (let i = 0; i < blocks.length; i++) held[to++] = blocks[i]![at]!;
  };
  const put = (blocks: readonly Float64Array[], noted: Uint8Array, first: number): void => {
    const fours = new Uint32Array(noted.buffer, 0, noted.length >>> 2);
    for (let four = 0; four <= fours.length; four++) {
      if (fours[four] === 0) continue;
      for (let pair = 4 * four; pair < Math.min(noted.length, 4 * four + 4); pair++) {
        if (noted[pair] === 0) continue;
        putOne(blocks, 2 * pair, first);
        putOne(blocks, 2 * pair + 1, first);
      }
    }
  };
  const columns = (): Float64Array[] => {
    const found = Array.from({ length: width }, () => new Float64Array(count));
    for (let row = 0, at = 0; row < count; row++) for (let i = 0; i < width; i++) found[i]![row] = held[at++]!;
    held = new Float64Array(0);
    return found;
  };
  return { put, columns };
}
