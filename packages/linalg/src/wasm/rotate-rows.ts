import { advance, type Code, get, i32, type Kernel, pair, repeat, set, subtract } from "./assemble.ts";

/** Numbers of a row that are turned at once. */
export const STRIP = 8;

const [last, stride, count, rotations, strips] = [0, 1, 2, 3, 4];
const [strip, t, at, above, rotation] = [5, 6, 7, 8, 9];
const [X, Y, C, S] = [10, 14, 15, 16];
const quarters = [0, 1, 2, 3] as const;

/** With x of the lower row in registers and y of the one above: the lower becomes s y + c x, and c y − s x goes on to the next. */
const turn: Code = [
  ...set(C, ...pair.loadAll(get(rotation))),
  ...set(S, ...pair.loadAll(get(rotation), 8)),
  ...set(above, ...subtract(get(at), get(stride))),
  ...quarters.flatMap((q) => [
    ...set(Y, ...pair.load(get(above), 16 * q)),
    ...pair.store(get(at), pair.add(pair.times(get(S), get(Y)), pair.times(get(C), get(X + q))), 16 * q),
    ...set(X + q, ...pair.subtract(pair.times(get(C), get(Y)), pair.times(get(S), get(X + q)))),
  ]),
  ...set(at, ...get(above)),
  ...advance(rotation, i32(16)),
];

/**
 * Rotations of rows (m, m − 1), (m − 1, m − 2), … one after the other: a strip of columns goes through all of them in registers.
 *
 * Parameters: address of row m, bytes from row to row, rotations, their address (c, s each), strips of eight columns.
 */
export const rotateRows: Kernel = {
  parameters: 5,
  numbers: 5,
  pairs: 7,
  body: repeat(strip, get(strips), [
    ...set(at, ...get(last)),
    ...set(rotation, ...get(rotations)),
    ...quarters.flatMap((q) => set(X + q, ...pair.load(get(at), 16 * q))),
    ...repeat(t, get(count), turn),
    ...quarters.flatMap((q) => pair.store(get(at), get(X + q), 16 * q)),
    ...advance(last, i32(8 * STRIP)),
  ]),
};
