import { add, advance, type Code, get, i32, type Kernel, type MultiplyAdd } from "./assemble.ts";
import { pair, quad, repeat, set, times, when } from "./assemble.ts";

/** Rows, or columns, of a panel of float64, and of one of float32. */
export const PANEL = 4;
export const FLOAT_PANEL = 8;

const [m, n, depth, a, b, c, stride, triangle] = [0, 1, 2, 3, 4, 5, 6, 7];
const [i, part, j, l, atA, atB, atC, end, panelBytes] = [8, 9, 10, 11, 12, 13, 14, 15, 16];
const [SUMS, B0, B1, FACTOR] = [17, 25, 26, 27];
/** Rows of a tile: a panel of float64 has one tile below the other, one of float32 two. */
const TILE = 4;
const rows = [0, 1, 2, 3] as const;
const halves = [0, 1] as const;

const sumOf = (row: number, half: number): number => SUMS + 2 * row + half;

interface Numbers {
  readonly bytes: number;
  readonly panel: number;
  /** One number in all places. */
  readonly loadAll: (address: Code, offset: number) => Code;
  readonly add: (a: Code, b: Code) => Code;
  readonly multiplyAdd: (a: Code, b: Code, c: Code) => Code;
}

const wideNumbers = ({ pair: multiplyAdd }: MultiplyAdd): Numbers => ({
  bytes: 8,
  panel: PANEL,
  loadAll: pair.loadAll,
  add: pair.add,
  multiplyAdd,
});
const floatNumbers = ({ quad: multiplyAdd }: MultiplyAdd): Numbers => ({
  bytes: 4,
  panel: FLOAT_PANEL,
  loadAll: quad.loadAll,
  add: quad.add,
  multiplyAdd,
});

/** sums += a bᵀ for a tile's rows of a and a panel of b */
const step = (numbers: Numbers): Code => [
  ...set(B0, ...pair.load(get(atB))),
  ...set(B1, ...pair.load(get(atB), 16)),
  ...rows.flatMap((row) => [
    ...set(FACTOR, ...numbers.loadAll(get(atA), numbers.bytes * row)),
    ...halves.flatMap((half) =>
      set(sumOf(row, half), ...numbers.multiplyAdd(get(FACTOR), get(B0 + half), get(sumOf(row, half)))),
    ),
  ]),
  ...advance(atA, i32(numbers.bytes * numbers.panel)),
  ...advance(atB, i32(numbers.bytes * numbers.panel)),
];

/** What becomes of a tile's sums. */
type Finish = (row: number, half: number) => Code;

/** C += sums */
const addToC =
  ({ add: sum }: Numbers): Finish =>
  (row, half) =>
    pair.store(get(atC), sum(pair.load(get(atC), 16 * half), get(sumOf(row, half))), 16 * half);

/** C = sums */
const intoC: Finish = (row, half) => pair.store(get(atC), get(sumOf(row, half)), 16 * half);

const firstRow = ({ panel }: Numbers): Code => add(times(get(i), i32(panel)), times(get(part), i32(TILE)));

const tile = (numbers: Numbers, store: Finish): Code => [
  ...set(atA, ...add(get(a), add(times(get(i), get(panelBytes)), times(get(part), i32(numbers.bytes * TILE))))),
  ...rows.flatMap((row) => halves.flatMap((half) => set(sumOf(row, half), ...pair.zero))),
  ...repeat(l, get(depth), step(numbers)),
  ...set(
    atC,
    ...add(get(c), add(times(firstRow(numbers), get(stride)), times(get(j), i32(numbers.bytes * numbers.panel)))),
  ),
  ...rows.flatMap((row) => [
    ...halves.flatMap((half) => store(row, half)),
    ...(row < 3 ? advance(atC, get(stride)) : []),
  ]),
];

const product = (numbers: Numbers, finish: Finish): Kernel => ({
  parameters: 8,
  numbers: 9,
  pairs: 11,
  body: [
    ...set(panelBytes, ...times(get(depth), i32(numbers.bytes * numbers.panel))),
    ...repeat(i, get(m), [
      ...set(end, ...get(n)),
      ...when(get(triangle), set(end, ...add(get(i), i32(1)))),
      ...repeat(part, i32(numbers.panel / TILE), [
        // j's panels of B follow one another: atB runs on.
        ...set(atB, ...get(b)),
        ...repeat(j, get(end), tile(numbers, finish)),
      ]),
    ]),
  ],
});

export function panelProducts(
  multiplyAdd: MultiplyAdd,
): Readonly<Record<"panelProduct" | "floatPanelProduct" | "newFloatPanelProduct", Kernel>> {
  const [wide, float] = [wideNumbers(multiplyAdd), floatNumbers(multiplyAdd)];
  return {
    /**
     * C += A Bᵀ for A and B in panels: panel p holds rows 4p to 4p + 3 as `depth` groups of four numbers. A tile of 4 × 4 sums stays in
     * registers; sums run along the inner side in order, so that a product has the same bits at every call.
     *
     * Parameters: panels of A, panels of B, depth; addresses of A, B, C; bytes from row to row of C; 1 to leave out what is right of the
     * diagonal tiles.
     */
    panelProduct: product(wide, addToC(wide)),
    /** The same in float32, for panels of eight rows: a tile is half a panel of A by a panel of B. */
    floatPanelProduct: product(float, addToC(float)),
    /** C = A Bᵀ likewise. */
    newFloatPanelProduct: product(float, intoC),
  };
}
