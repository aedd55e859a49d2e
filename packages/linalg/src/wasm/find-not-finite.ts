import { advance, get, i32, type Kernel, pair, quad, repeat, set } from "./assemble.ts";

const [fours, values, found] = [0, 1, 2];
const entry = 3;
const [EXPONENT, STEP, FOUND] = [4, 5, 6];

/**
 * Four 32-bit numbers, one of which is negative if one of the float32 values is NaN or infinite: only their exponents have all bits, so that one
 * more carries into the sign.
 *
 * Parameters: fours of values, their address, that of the result.
 */
export const findNotFinite: Kernel = {
  parameters: 3,
  numbers: 1,
  pairs: 3,
  body: [
    ...set(EXPONENT, ...quad.ofWord(i32(0x7f800000))),
    ...set(STEP, ...quad.ofWord(i32(0x00800000))),
    ...set(FOUND, ...pair.zero),
    ...repeat(entry, get(fours), [
      ...set(FOUND, ...pair.or(get(FOUND), quad.addWords(pair.and(pair.load(get(values)), get(EXPONENT)), get(STEP)))),
      ...advance(values, i32(16)),
    ]),
    ...pair.store(get(found), get(FOUND)),
  ],
};
