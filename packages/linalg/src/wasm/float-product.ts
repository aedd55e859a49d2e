import { add, advance, type Code, get, i32, type Kernel, type MultiplyAdd } from "./assemble.ts";
import { pair, quad, repeat, set, times } from "./assemble.ts";

/** Sides of the squares of numbers that a matrix of float32 lies in: four rows of four columns, 64 bytes. */
export const SQUARE = 4;

/** Bytes of a row of the other factor, and of the result, that stay in registers: eight float32 or four float64. */
export const STRIP_BYTES = 32;

const [tiles, tileBytes, steps, stepBytes, a, strips, b, bBytes, c, cBytes] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const [tile, strip, step, atA, atB, atC] = [10, 11, 12, 13, 14, 15];
const [SUMS, B0, B1, FACTOR] = [16, 24, 25, 26];
const four = [0, 1, 2, 3] as const;
const halves = [0, 1] as const;
const sumOf = (row: number, half: number): number => SUMS + 2 * row + half;

interface Form {
  /** Where a square holds the number of a row of the tile and of a term of the sum, in bytes. */
  readonly placeOf: (row: number, term: number) => number;
  /** Whether sums, the other factor and the result are of float64. */
  readonly wide: boolean;
  readonly multiplyAdd: MultiplyAdd;
}

const oneSquare = ({ placeOf, wide, multiplyAdd }: Form): Code => {
  const joined = wide ? multiplyAdd.pair : multiplyAdd.quad;
  return four.flatMap((term) => [
    ...set(B0, ...pair.load(get(atB), STRIP_BYTES * term)),
    ...set(B1, ...pair.load(get(atB), STRIP_BYTES * term + 16)),
    ...four.flatMap((row) => {
      const number = quad.loadAll(get(atA), placeOf(row, term));
      return [
        ...set(FACTOR, ...(wide ? pair.fromFloats(number) : number)),
        ...halves.flatMap((half) =>
          set(sumOf(row, half), ...joined(get(FACTOR), get(B0 + half), get(sumOf(row, half)))),
        ),
      ];
    }),
  ]);
};

const addToC = ({ wide }: Form): Code =>
  four.flatMap((row) =>
    halves.flatMap((half) => {
      const at = STRIP_BYTES * row + 16 * half;
      return pair.store(get(atC), (wide ? pair : quad).add(pair.load(get(atC), at), get(sumOf(row, half))), at);
    }),
  );

const productOf = (form: Form): Kernel => ({
  parameters: 10,
  numbers: 6,
  pairs: 11,
  body: repeat(tile, get(tiles), [
    ...repeat(strip, get(strips), [
      ...four.flatMap((row) => halves.flatMap((half) => set(sumOf(row, half), ...pair.zero))),
      ...set(atA, ...get(a)),
      ...set(atB, ...add(get(b), times(get(strip), get(bBytes)))),
      ...repeat(step, get(steps), [
        ...oneSquare(form),
        ...advance(atA, get(stepBytes)),
        ...advance(atB, i32(SQUARE * STRIP_BYTES)),
      ]),
      ...set(atC, ...add(get(c), times(get(strip), get(cBytes)))),
      ...addToC(form),
    ]),
    ...advance(a, get(tileBytes)),
    ...advance(c, i32(SQUARE * STRIP_BYTES)),
  ]),
});

export function floatProducts(
  multiplyAdd: MultiplyAdd,
): Readonly<Record<"floatTimes" | "floatTransposedTimes" | "wideTransposedTimes", Kernel>> {
  const [byRows, byColumns] = [
    (row: number, term: number) => 16 * term + 4 * row,
    (column: number, term: number) => 16 * column + 4 * term,
  ];
  return {
    /**
     * C += A B for a matrix A of float32 that lies in squares, column by column in each. A tile is four rows of it, a step four columns.
     *
     * Parameters: tiles, bytes from one to the next; steps, bytes from one to the next; address of A; strips of columns of B and C; address of B,
     * bytes from strip to strip; the same of C.
     */
    floatTimes: productOf({ placeOf: byRows, wide: false, multiplyAdd }),
    /** C += Aᵀ B likewise: a tile is four columns of A, a step four rows. */
    floatTransposedTimes: productOf({ placeOf: byColumns, wide: false, multiplyAdd }),
    /** The same in float64, but for A's numbers. */
    wideTransposedTimes: productOf({ placeOf: byColumns, wide: true, multiplyAdd }),
  };
}
