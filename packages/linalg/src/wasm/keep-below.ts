import { advance, get, i32, type Kernel, pair, repeat, set } from "./assemble.ts";

const [pairs, values, words, rule] = [0, 1, 2, 3];
const [entry] = [4];
const [LIMIT, DIVISOR, WORDS] = [5, 6, 7];

/**
 * Each value divided where its word, a whole number of 32 bits, is below the limit, else 0.
 *
 * Parameters: pairs of values; their address; that of the words; of two numbers, limit and divisor.
 */
export const keepBelow: Kernel = {
  parameters: 4,
  numbers: 1,
  pairs: 3,
  body: [
    ...set(LIMIT, ...pair.loadTwice(get(rule))),
    ...set(DIVISOR, ...pair.loadTwice(get(rule), 8)),
    ...repeat(entry, get(pairs), [
      ...set(WORDS, ...pair.fromWords(get(words))),
      ...pair.store(
        get(values),
        pair.and(pair.divide(pair.load(get(values)), get(DIVISOR)), pair.below(get(WORDS), get(LIMIT))),
      ),
      ...advance(values, i32(16)),
      ...advance(words, i32(8)),
    ]),
  ],
};
