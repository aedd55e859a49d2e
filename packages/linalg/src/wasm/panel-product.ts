import { add, advance, type Code, get, i32, type Kernel, pair, repeat, set, times, when } from "./assemble.ts";

/** Rows, or columns, of a panel. */
export const PANEL = 4;

const [m, n, depth, a, b, c, stride, triangle] = [0, 1, 2, 3, 4, 5, 6, 7];
const [i, j, l, atA, atB, atC, end, panelBytes] = [8, 9, 10, 11, 12, 13, 14, 15];
const [SUMS, B0, B1, FACTOR] = [16, 24, 25, 26];
const rows = [0, 1, 2, 3] as const;
const halves = [0, 1] as const;

const sumOf = (row: number, half: number): number => SUMS + 2 * row + half;

/** sums += a bᵀ for four of a and four of b */
const step: Code = [
  ...set(B0, ...pair.load(get(atB))),
  ...set(B1, ...pair.load(get(atB), 16)),
  ...rows.flatMap((row) => [
    ...set(FACTOR, ...pair.loadTwice(get(atA), 8 * row)),
    ...halves.flatMap((half) =>
      set(sumOf(row, half), ...pair.add(get(sumOf(row, half)), pair.times(get(FACTOR), get(B0 + half)))),
    ),
  ]),
  ...advance(atA, i32(8 * PANEL)),
  ...advance(atB, i32(8 * PANEL)),
];

const addToC: Code = rows.flatMap((row) => [
  ...halves.flatMap((half) =>
    pair.store(get(atC), pair.add(pair.load(get(atC), 16 * half), get(sumOf(row, half))), 16 * half),
  ),
  ...(row < 3 ? advance(atC, get(stride)) : []),
]);

const tile: Code = [
  ...set(atA, ...add(get(a), times(get(i), get(panelBytes)))),
  ...rows.flatMap((row) => halves.flatMap((half) => set(sumOf(row, half), ...pair.zero))),
  ...repeat(l, get(depth), step),
  ...set(atC, ...add(get(c), add(times(times(get(i), i32(PANEL)), get(stride)), times(get(j), i32(8 * PANEL))))),
  ...addToC,
];

/**
 * C += A Bᵀ for A and B in panels: panel p holds rows 4p to 4p + 3 as `depth` groups of four numbers. A tile of 4 × 4 sums stays in
 * registers; sums run along the inner side in order, one multiplication and one addition each, so that a product has the same bits on every
 * machine.
 *
 * Parameters: panels of A, panels of B, depth; addresses of A, B, C; bytes from row to row of C; 1 to leave out what is right of the
 * diagonal tiles.
 */
export const panelProduct: Kernel = {
  parameters: 8,
  numbers: 8,
  pairs: 11,
  body: [
    ...set(panelBytes, ...times(get(depth), i32(8 * PANEL))),
    ...repeat(i, get(m), [
      ...set(end, ...get(n)),
      ...when(get(triangle), set(end, ...add(get(i), i32(1)))),
      // j's panels of B follow one another: atB runs on.
      ...set(atB, ...get(b)),
      ...repeat(j, get(end), tile),
    ]),
  ],
};
