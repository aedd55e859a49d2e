import { add, advance, type Code, get, i32, type Kernel, pair, quad, repeat, set, times, when } from "./assemble.ts";

/** Rows of a panel. */
export const FLOAT_PANEL = 8;

const [m, n, depth, a, b, c, stride, triangle] = [0, 1, 2, 3, 4, 5, 6, 7];
const [i, half, j, l, atA, atB, atC, end, panelBytes] = [8, 9, 10, 11, 12, 13, 14, 15, 16];
const [SUMS, B0, B1, FACTOR] = [17, 25, 26, 27];
const rows = [0, 1, 2, 3] as const;
const halves = [0, 1] as const;

const sumOf = (row: number, part: number): number => SUMS + 2 * row + part;

/** sums += a bᵀ for four of a and eight of b */
const step: Code = [
  ...set(B0, ...pair.load(get(atB))),
  ...set(B1, ...pair.load(get(atB), 16)),
  ...rows.flatMap((row) => [
    ...set(FACTOR, ...quad.loadAll(get(atA), 4 * row)),
    ...halves.flatMap((part) =>
      set(sumOf(row, part), ...quad.add(get(sumOf(row, part)), quad.times(get(FACTOR), get(B0 + part)))),
    ),
  ]),
  ...advance(atA, i32(4 * FLOAT_PANEL)),
  ...advance(atB, i32(4 * FLOAT_PANEL)),
];

/** C += sums */
const addFloats: Code = rows.flatMap((row) => [
  ...halves.flatMap((part) =>
    pair.store(get(atC), quad.add(pair.load(get(atC), 16 * part), get(sumOf(row, part))), 16 * part),
  ),
  ...(row < 3 ? advance(atC, get(stride)) : []),
]);

/** C = sums, as float64 */
const storeWide: Code = rows.flatMap((row) => [
  ...halves.flatMap((part) => [
    ...pair.store(get(atC), pair.fromFloats(get(sumOf(row, part))), 32 * part),
    ...pair.store(get(atC), pair.fromFloats(pair.swap(get(sumOf(row, part)))), 32 * part + 16),
  ]),
  ...(row < 3 ? advance(atC, get(stride)) : []),
]);

const firstRow = add(times(get(i), i32(FLOAT_PANEL)), times(get(half), i32(4)));

const tile = (numberBytes: number, finish: Code): Code => [
  ...set(atA, ...add(get(a), add(times(get(i), get(panelBytes)), times(get(half), i32(16))))),
  ...rows.flatMap((row) => halves.flatMap((part) => set(sumOf(row, part), ...pair.zero))),
  ...repeat(l, get(depth), step),
  ...set(atC, ...add(get(c), add(times(firstRow, get(stride)), times(get(j), i32(numberBytes * FLOAT_PANEL))))),
  ...finish,
];

const product = (numberBytes: number, finish: Code): Kernel => ({
  parameters: 8,
  numbers: 9,
  pairs: 11,
  body: [
    ...set(panelBytes, ...times(get(depth), i32(4 * FLOAT_PANEL))),
    ...repeat(i, get(m), [
      ...set(end, ...get(n)),
      ...when(get(triangle), set(end, ...add(get(i), i32(1)))),
      ...repeat(half, i32(2), [
        // j's panels of B follow one another: atB runs on.
        ...set(atB, ...get(b)),
        ...repeat(j, get(end), tile(numberBytes, finish)),
      ]),
    ]),
  ],
});

/**
 * C += A Bᵀ in float32, for A and B in panels of eight rows, as panelProduct has them of four: a tile is half a panel of A by a panel of B.
 *
 * Parameters: panels of A, panels of B, depth; addresses of A, B, C; bytes from row to row of C; 1 to leave out what is right of the
 * diagonal tiles.
 */
export const floatPanelProduct: Kernel = product(4, addFloats);

/** C = A Bᵀ likewise, summed in float32 and stored in float64. */
export const widenedPanelProduct: Kernel = product(8, storeWide);
