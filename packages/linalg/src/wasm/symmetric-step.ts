import { advance, type Code, get, i32, type Kernel, pair, repeat, set } from "./assemble.ts";

/** Numbers of a row that are taken at once. */
export const STRETCH = 4;

const halves = [0, 1] as const;
const stretchBytes = 8 * STRETCH;

const dots = {
  parameters: { rows: 0, stretches: 1, at: 2, stride: 3, v: 4, out: 5 },
  locals: { row: 6, stretch: 7, place: 8, along: 9 },
  pairs: { sums: 10 },
};

/** Inner products of the rows with v, each in four sums. Parameters: rows, stretches of a row, address, bytes from row to row; of v, of the results. */
export const rowDots: Kernel = ((): Kernel => {
  const { rows, stretches, at, stride, v, out } = dots.parameters;
  const { row, stretch, place, along } = dots.locals;
  const { sums } = dots.pairs;
  const swapped = (a: Code): Code => pair.add(a, pair.swap(a));
  return {
    parameters: 6,
    numbers: 4,
    pairs: 2,
    body: repeat(row, get(rows), [
      ...halves.flatMap((half) => set(sums + half, ...pair.zero)),
      ...set(place, ...get(at)),
      ...set(along, ...get(v)),
      ...repeat(stretch, get(stretches), [
        ...halves.flatMap((half) => {
          const product = pair.times(pair.load(get(place), 16 * half), pair.load(get(along), 16 * half));
          return set(sums + half, ...pair.add(get(sums + half), product));
        }),
        ...advance(place, i32(stretchBytes)),
        ...advance(along, i32(stretchBytes)),
      ]),
      ...set(sums, ...pair.add(get(sums), get(sums + 1))),
      ...pair.storeOne(get(out), swapped(get(sums))),
      ...advance(out, i32(8)),
      ...advance(at, get(stride)),
    ]),
  };
})();

const outer = {
  parameters: { rows: 0, stretches: 1, at: 2, stride: 3, v: 4, w: 5, vRow: 6, wRow: 7 },
  locals: { row: 8, stretch: 9, place: 10, alongV: 11, alongW: 12 },
  pairs: { VI: 13, WI: 14 },
};

/**
 * Row i −= vᵢ w + wᵢ v. Parameters: rows, stretches of a row, address, bytes from row to row; of v and of w where the rows begin, and where
 * their own entries vᵢ and wᵢ do.
 */
export const subtractOuter: Kernel = ((): Kernel => {
  const { rows, stretches, at, stride, v, w, vRow, wRow } = outer.parameters;
  const { row, stretch, place, alongV, alongW } = outer.locals;
  const { VI, WI } = outer.pairs;
  return {
    parameters: 8,
    numbers: 5,
    pairs: 2,
    body: repeat(row, get(rows), [
      ...set(VI, ...pair.loadAll(get(vRow))),
      ...set(WI, ...pair.loadAll(get(wRow))),
      ...set(place, ...get(at)),
      ...set(alongV, ...get(v)),
      ...set(alongW, ...get(w)),
      ...repeat(stretch, get(stretches), [
        ...halves.flatMap((half) => {
          const from = 16 * half;
          const both = pair.add(
            pair.times(get(VI), pair.load(get(alongW), from)),
            pair.times(get(WI), pair.load(get(alongV), from)),
          );
          return pair.store(get(place), pair.subtract(pair.load(get(place), from), both), from);
        }),
        ...advance(place, i32(stretchBytes)),
        ...advance(alongV, i32(stretchBytes)),
        ...advance(alongW, i32(stretchBytes)),
      ]),
      ...advance(vRow, i32(8)),
      ...advance(wRow, i32(8)),
      ...advance(at, get(stride)),
    ]),
  };
})();
