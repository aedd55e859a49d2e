import { advance, type Code, get, i32, type Kernel, pair, repeat, set, storeByte } from "./assemble.ts";

/**
 * Numbers of each source, one after the other: least magnitude, voter, weight, share, the bounds of what is in doubt; and two that `electBy…Within`
 * adds to, how many magnitudes are at least the upper bound, at even places and at odd ones.
 */
export const PER_SOURCE = 8;

const [pairs, sources, values, stride, rules, common, out, doubts] = [0, 1, 2, 3, 4, 5, 6, 7];
const [entry, source, at, rule] = [8, 9, 10, 11];
const [ZERO, VOTE, SUM, SHARE, X, Y, UP, ONE, SIZE, LARGE, DOUBT] = [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22];
const [DOWN, DOWN_SUM, DOWN_SHARE] = [23, 24, 25];
const sides = [
  { has: UP, sum: SUM, share: SHARE },
  { has: DOWN, sum: DOWN_SUM, share: DOWN_SHARE },
] as const;

/** x where |x| is at least the source's bound, else 0; and y, x times its voter. */
const heard: Code = [
  ...set(X, ...pair.load(get(at))),
  ...set(X, ...pair.and(get(X), pair.atLeast(pair.size(get(X)), pair.loadTwice(get(rule))))),
  ...set(Y, ...pair.times(pair.loadTwice(get(rule), 8), get(X))),
];

/** What is at least the upper bound is counted, what is within the bounds is noted. */
const tallied: Code = [
  ...set(SIZE, ...pair.size(pair.load(get(at)))),
  ...set(LARGE, ...pair.atLeast(get(SIZE), pair.loadTwice(get(rule), 40))),
  ...set(
    DOUBT,
    ...pair.or(get(DOUBT), pair.andNot(pair.atLeast(get(SIZE), pair.loadTwice(get(rule), 32)), get(LARGE))),
  ),
  ...pair.store(get(rule), pair.add(pair.load(get(rule), 48), pair.and(get(LARGE), get(ONE))), 48),
];

const signOfY = pair.subtract(pair.and(get(UP), get(ONE)), pair.and(get(DOWN), get(ONE)));

const forEachSource = (body: Code): Code => [
  ...set(at, ...get(values)),
  ...set(rule, ...get(rules)),
  ...repeat(source, get(sources), [...body, ...advance(at, get(stride)), ...advance(rule, i32(8 * PER_SOURCE))]),
];

const election = (vote: Code, look: Code = []): Kernel => ({
  parameters: 8,
  numbers: 4,
  pairs: 14,
  body: [
    ...set(ZERO, ...pair.zero),
    ...set(ONE, ...pair.load(get(common), 16)),
    ...repeat(entry, get(pairs), [
      ...[VOTE, DOUBT, ...sides.flatMap(({ sum, share }) => [sum, share])].flatMap((local) => set(local, ...pair.zero)),
      ...forEachSource([
        ...heard,
        ...look,
        ...set(UP, ...pair.below(get(ZERO), get(Y))),
        ...set(DOWN, ...pair.below(get(Y), get(ZERO))),
        ...set(VOTE, ...pair.add(get(VOTE), vote)),
        ...set(X, ...pair.times(pair.loadTwice(get(rule), 16), get(X))),
        // Which side is elected is not known yet: what either would give is summed.
        ...sides.flatMap(({ has, sum, share }) => [
          ...set(sum, ...pair.add(get(sum), pair.and(get(X), get(has)))),
          ...set(share, ...pair.add(get(share), pair.and(pair.loadTwice(get(rule), 24), get(has)))),
        ]),
      ]),
      ...set(
        UP,
        ...pair.choose(pair.load(get(common)), pair.atLeast(get(VOTE), get(ZERO)), pair.below(get(ZERO), get(VOTE))),
      ),
      ...set(SUM, ...pair.choose(get(UP), get(SUM), get(DOWN_SUM))),
      ...set(SHARE, ...pair.choose(get(UP), get(SHARE), get(DOWN_SHARE))),
      ...pair.store(
        get(out),
        pair.choose(pair.differs(get(SHARE), get(ZERO)), pair.divide(get(SUM), get(SHARE)), get(SUM)),
      ),
      ...storeByte(get(doubts), pair.signs(get(DOUBT))),
      ...advance(doubts, i32(1)),
      ...advance(values, i32(16)),
      ...advance(out, i32(16)),
    ]),
  ],
});

/**
 * For each place: the sign of the sum of voterᵢ xᵢ over the sources with |xᵢ| ≥ leastᵢ; then Σ weightᵢ xᵢ over those whose voterᵢ xᵢ has that
 * sign, divided by Σ shareᵢ over them where that is not zero.
 *
 * Parameters: pairs of places; sources; address of their values, bytes from one to the next; of the rules, PER_SOURCE numbers a source; of
 * a mask, a pair, whether an even vote is +, and of two ones; of the result; of a byte for each pair, which is 0.
 */
export const electBySum: Kernel = election(get(Y));

/** The same by the sum of the signs. */
export const electBySigns: Kernel = election(signOfY);

/** The same, with a byte for each pair that is not 0 where a value of either place is in doubt. */
export const electBySumWithin: Kernel = election(get(Y), tallied);
export const electBySignsWithin: Kernel = election(signOfY, tallied);
