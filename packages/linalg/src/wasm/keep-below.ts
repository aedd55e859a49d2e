import { advance, type Code, get, i32, type Kernel, type Lanes, pair, quad, repeat, set } from "./assemble.ts";

const [groups, values, words, rule] = [0, 1, 2, 3];
const [entry] = [4];
const [LIMIT, DIVISOR, WORDS] = [5, 6, 7];

interface Form {
  readonly lanes: Lanes;
  readonly limit: Code;
  /** As many words as there are lanes. */
  readonly words: Code;
  readonly isKept: Code;
}

const keep = ({ lanes, limit, words: given, isKept }: Form): Kernel => ({
  parameters: 4,
  numbers: 1,
  pairs: 3,
  body: [
    ...set(LIMIT, ...limit),
    ...set(DIVISOR, ...lanes.loadAll(get(rule), 8)),
    ...repeat(entry, get(groups), [
      ...set(WORDS, ...given),
      ...pair.store(get(values), pair.and(lanes.divide(pair.load(get(values)), get(DIVISOR)), isKept)),
      ...advance(values, i32(16)),
      ...advance(words, i32((16 / lanes.bytes) * 4)),
    ]),
  ],
});

/**
 * Each value divided where its word, a whole number of 32 bits, is below the limit, else 0.
 *
 * Parameters: groups of values, two or four; their address; that of the words; of the limit, and eight bytes on of the divisor.
 */
export const keepBelow: Kernel = keep({
  lanes: pair,
  limit: pair.loadAll(get(rule)),
  words: pair.fromWords(get(words)),
  isKept: pair.below(get(WORDS), get(LIMIT)),
});

/** The same of float32, where a word is at most the limit, itself a whole number of 32 bits. */
export const keepFloatsAtMost: Kernel = keep({
  lanes: quad,
  limit: quad.loadAll(get(rule)),
  words: pair.load(get(words)),
  isKept: quad.wordsAtMost(get(WORDS), get(LIMIT)),
});
