import { advance, get, i32, type Kernel, type MultiplyAdd, pair, quad, repeat, set } from "./assemble.ts";
import { SQUARE } from "./float-product.ts";

const [squares, from, to, sum] = [0, 1, 2, 3];
const [square] = [4];
const [FOUR, LOW, HIGH, SUMS] = [5, 6, 7, 8];
const columns = [0, 1, 2, 3] as const;

/**
 * Writes a row of float32 to where its numbers lie in squares, column by column in each, and adds the sum of their squares, in float64.
 *
 * Parameters: squares that the row goes through; address of its numbers, four a square; of its place in the first one; of two numbers of which
 * each takes a part of the sum.
 */
export const putRow = (multiplyAdd: MultiplyAdd): Kernel => ({
  parameters: 4,
  numbers: 1,
  pairs: 4,
  body: [
    ...set(SUMS, ...pair.load(get(sum))),
    ...repeat(square, get(squares), [
      ...set(FOUR, ...pair.load(get(from))),
      ...columns.flatMap((place) => quad.storeOne(get(to), get(FOUR), { place, offset: 4 * SQUARE * place })),
      ...set(LOW, ...pair.fromFloats(get(FOUR))),
      ...set(HIGH, ...pair.fromFloats(pair.swap(get(FOUR)))),
      ...set(SUMS, ...multiplyAdd.pair(get(LOW), get(LOW), get(SUMS))),
      ...set(SUMS, ...multiplyAdd.pair(get(HIGH), get(HIGH), get(SUMS))),
      ...advance(from, i32(4 * SQUARE)),
      ...advance(to, i32(4 * SQUARE * SQUARE)),
    ]),
    ...pair.store(get(sum), get(SUMS)),
  ],
});
