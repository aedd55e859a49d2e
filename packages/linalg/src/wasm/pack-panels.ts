import { add, advance, type Code, get, i32, type Kernel, pair, quad, repeat, set, times } from "./assemble.ts";

/** Bytes of a panel's numbers at one depth: eight float32, or four float64. */
const GROUP = 32;
const pairsOf = [0, 1] as const;

const [panels, depth, source, pitch, target] = [0, 1, 2, 3, 4];
const [panel, l, from] = [5, 6, 7];

/** @param bytes that a group has in the source */
const columns = (bytes: number, move: Code): Kernel => ({
  parameters: 5,
  numbers: 3,
  pairs: 0,
  body: repeat(panel, get(panels), [
    ...set(from, ...add(get(source), times(get(panel), i32(bytes)))),
    ...repeat(l, get(depth), [...move, ...advance(from, get(pitch)), ...advance(target, i32(GROUP))]),
  ]),
});

/**
 * Panels of so many columns from rows of numbers: panel p of n columns holds columns pn to pn + n − 1, depth by depth, as the products of panels
 * take them.
 *
 * Parameters: panels; depth, the number of rows; address of the rows, bytes from one to the next; that of the panels.
 */
export const packColumns: Kernel = columns(
  GROUP,
  pairsOf.flatMap((half) => pair.store(get(target), pair.load(get(from), 16 * half), 16 * half)),
);

/** Panels of four columns of float64 from rows of float32, likewise. */
export const packWidenedColumns: Kernel = columns(GROUP / 2, [
  ...pair.store(get(target), pair.fromFloats(pair.load(get(from)))),
  ...pair.store(get(target), pair.fromFloats(pair.swap(pair.load(get(from)))), 16),
]);

const [runs, panelBytes] = [1, 5];
const [ownPanel, run, at, row, to] = [6, 7, 8, 9, 10];
const [ROWS, MIXED] = [11, 15];

/** Sixteen bytes of each of four rows from `at` on. */
const loadRows: Code = [
  ...set(row, ...get(at)),
  ...[0, 1, 2, 3].flatMap((r) => [
    ...set(ROWS + r, ...pair.load(get(row))),
    ...(r < 3 ? advance(row, get(pitch)) : []),
  ]),
];

/** Four float32 of each row turned round: what becomes of the four numbers of each depth. */
const turnFloats = (store: (depth: number, four: Code) => Code): Code => [
  ...loadRows,
  ...pairsOf.flatMap((p) => {
    const [one, next] = [get(ROWS + 2 * p), get(ROWS + 2 * p + 1)];
    return [...set(MIXED + 2 * p, ...quad.mixFirst(one, next)), ...set(MIXED + 2 * p + 1, ...quad.mixLast(one, next))];
  }),
  ...pairsOf.flatMap((half) => {
    const [upper, lower] = [get(MIXED + half), get(MIXED + 2 + half)];
    return [...store(2 * half, pair.firsts(upper, lower)), ...store(2 * half + 1, pair.seconds(upper, lower))];
  }),
];

/** @param shape fours of rows in a panel, depths that are turned at once */
const rows = (shape: { readonly fours: number; readonly depths: number }, turn: Code): Kernel => ({
  parameters: 6,
  numbers: 5,
  pairs: 8,
  body: repeat(
    ownPanel,
    get(panels),
    Array.from({ length: shape.fours }, (_, four) => four).flatMap((four) => [
      ...set(
        at,
        ...add(get(source), times(get(pitch), add(times(get(ownPanel), i32(4 * shape.fours)), i32(4 * four)))),
      ),
      ...set(to, ...add(get(target), add(times(get(ownPanel), get(panelBytes)), i32(16 * four)))),
      ...repeat(run, get(runs), [...turn, ...advance(at, i32(16)), ...advance(to, i32(shape.depths * GROUP))]),
    ]),
  ),
});

/**
 * Panels of eight rows of float32: panel p holds rows 8p to 8p + 7, depth by depth. Depths are written by runs of sixteen bytes: the last ones
 * of a panel that are too many are overwritten by the next, and those of the last panel stay.
 *
 * Parameters: panels; runs of a row, rounded up; address of the rows, bytes from one to the next; that of the panels, bytes from one to the next.
 */
export const packRows: Kernel = rows(
  { fours: 2, depths: 4 },
  turnFloats((depth, four) => pair.store(get(to), four, depth * GROUP)),
);

/** Panels of four rows of float64 from rows of float32, likewise. */
export const packWidenedRows: Kernel = rows(
  { fours: 1, depths: 4 },
  turnFloats((depth, four) => [
    ...pair.store(get(to), pair.fromFloats(four), depth * GROUP),
    ...pair.store(get(to), pair.fromFloats(pair.swap(four)), depth * GROUP + 16),
  ]),
);

/** Panels of four rows of float64, likewise. */
export const packWideRows: Kernel = rows({ fours: 1, depths: 2 }, [
  ...loadRows,
  ...pairsOf.flatMap((half) => {
    const [one, next] = [get(ROWS + 2 * half), get(ROWS + 2 * half + 1)];
    return [
      ...pair.store(get(to), pair.firsts(one, next), 16 * half),
      ...pair.store(get(to), pair.seconds(one, next), GROUP + 16 * half),
    ];
  }),
]);
