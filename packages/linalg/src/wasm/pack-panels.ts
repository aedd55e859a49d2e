import { add, advance, type Code, get, i32, type Kernel, pair, quad, repeat, set, times } from "./assemble.ts";
import { FLOAT_PANEL } from "./panel-product.ts";

const [panels, depth, source, pitch, target] = [0, 1, 2, 3, 4];
const [panel, l, from] = [5, 6, 7];

/** Bytes of a panel's numbers at one depth. */
const GROUP = 4 * FLOAT_PANEL;

/**
 * Panels of eight columns from rows of float32 numbers: panel p holds columns 8p to 8p + 7, depth by depth, as `floatPanelProduct` takes them.
 *
 * Parameters: panels; depth, the number of rows; address of the rows, bytes from one to the next; that of the panels.
 */
export const packColumns: Kernel = {
  parameters: 5,
  numbers: 3,
  pairs: 0,
  body: repeat(panel, get(panels), [
    ...set(from, ...add(get(source), times(get(panel), i32(GROUP)))),
    ...repeat(l, get(depth), [
      ...[0, 16].flatMap((half) => pair.store(get(target), pair.load(get(from), half), half)),
      ...advance(from, get(pitch)),
      ...advance(target, i32(GROUP)),
    ]),
  ]),
};

const [fours, panelBytes] = [1, 5];
const [ownPanel, four, at, row, to] = [6, 7, 8, 9, 10];
const [ROWS, MIXED] = [11, 15];
const pairsOf = [0, 1] as const;

/** Four depths of four rows from `at` on, turned round: to `to` and the three groups after it. */
const turn: Code = [
  ...set(row, ...get(at)),
  ...[0, 1, 2, 3].flatMap((r) => [
    ...set(ROWS + r, ...pair.load(get(row))),
    ...(r < 3 ? advance(row, get(pitch)) : []),
  ]),
  ...pairsOf.flatMap((p) => {
    const [one, next] = [get(ROWS + 2 * p), get(ROWS + 2 * p + 1)];
    return [...set(MIXED + 2 * p, ...quad.mixFirst(one, next)), ...set(MIXED + 2 * p + 1, ...quad.mixLast(one, next))];
  }),
  ...pairsOf.flatMap((half) => {
    const [upper, lower] = [get(MIXED + half), get(MIXED + 2 + half)];
    return [
      ...pair.store(get(to), pair.firsts(upper, lower), 2 * half * GROUP),
      ...pair.store(get(to), pair.seconds(upper, lower), (2 * half + 1) * GROUP),
    ];
  }),
];

/** Four of a panel's rows. */
const halfPanel = (half: number): Code => [
  ...set(at, ...add(get(source), times(get(pitch), add(times(get(ownPanel), i32(FLOAT_PANEL)), i32(4 * half))))),
  ...set(to, ...add(get(target), add(times(get(ownPanel), get(panelBytes)), i32(16 * half)))),
  ...repeat(four, get(fours), [...turn, ...advance(at, i32(16)), ...advance(to, i32(4 * GROUP))]),
];

/**
 * Panels of eight rows, likewise: panel p holds rows 8p to 8p + 7. Depths are written by four: the last ones of a panel that are too many are
 * overwritten by the next, and those of the last panel stay.
 *
 * Parameters: panels; fours of depths, rounded up; address of the rows, bytes from one to the next; that of the panels, bytes from one to the
 * next.
 */
export const packRows: Kernel = {
  parameters: 6,
  numbers: 5,
  pairs: 8,
  body: repeat(ownPanel, get(panels), [...halfPanel(0), ...halfPanel(1)]),
};
