import {
  advance,
  type Code,
  get,
  i32,
  type Kernel,
  type Lanes,
  pair,
  quad,
  repeat,
  set,
  storeByte,
} from "./assemble.ts";

/**
 * Numbers of each source, one after the other: least magnitude, voter, weight, share, the bounds of what is in doubt; and, one for each lane,
 * what `elect…Within` adds to, how many magnitudes are at least the upper bound.
 */
export const RULE = { from: 4, until: 5, counts: 6 } as const;

/** How many numbers these are, where an instruction takes so many at a time. */
export const perSource = (lanes: number): number => RULE.counts + lanes;

const [groups, sources, values, stride, rules, common, out, doubts] = [0, 1, 2, 3, 4, 5, 6, 7];
const [entry, source, at, rule] = [8, 9, 10, 11];
const [ZERO, VOTE, SUM, SHARE, X, Y, UP, ONE, SIZE, LARGE, DOUBT] = [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22];
const [DOWN, DOWN_SUM, DOWN_SHARE] = [23, 24, 25];
const sides = [
  { has: UP, sum: SUM, share: SHARE },
  { has: DOWN, sum: DOWN_SUM, share: DOWN_SHARE },
] as const;

interface Form {
  readonly by: "sum" | "signs";
  /** Whether magnitudes are looked at. */
  readonly within: boolean;
}

function election({ bytes, ...lanes }: Lanes, { by, within }: Form): Kernel {
  const ofRule = (place: number): Code => lanes.loadAll(get(rule), bytes * place);

  /** x where |x| is at least the source's bound, else 0; and y, x times its voter. */
  const heard: Code = [
    ...set(X, ...pair.load(get(at))),
    ...set(X, ...pair.and(get(X), lanes.atLeast(lanes.size(get(X)), ofRule(0)))),
    ...set(Y, ...lanes.times(ofRule(1), get(X))),
  ];

  /** What is at least the upper bound is counted, what is within the bounds is noted. */
  const counts = bytes * RULE.counts;
  const tallied: Code = [
    ...set(SIZE, ...lanes.size(pair.load(get(at)))),
    ...set(LARGE, ...lanes.atLeast(get(SIZE), ofRule(RULE.until))),
    ...set(DOUBT, ...pair.or(get(DOUBT), pair.andNot(lanes.atLeast(get(SIZE), ofRule(RULE.from)), get(LARGE)))),
    ...pair.store(get(rule), lanes.add(pair.load(get(rule), counts), pair.and(get(LARGE), get(ONE))), counts),
  ];

  const signOfY = lanes.subtract(pair.and(get(UP), get(ONE)), pair.and(get(DOWN), get(ONE)));

  const forEachSource = (body: Code): Code => [
    ...set(at, ...get(values)),
    ...set(rule, ...get(rules)),
    ...repeat(source, get(sources), [
      ...body,
      ...advance(at, get(stride)),
      ...advance(rule, i32(bytes * perSource(16 / bytes))),
    ]),
  ];

  return {
    parameters: 8,
    numbers: 4,
    pairs: 14,
    body: [
      ...set(ZERO, ...pair.zero),
      ...set(ONE, ...pair.load(get(common), 16)),
      ...repeat(entry, get(groups), [
        ...[VOTE, DOUBT, ...sides.flatMap(({ sum, share }) => [sum, share])].flatMap((local) =>
          set(local, ...pair.zero),
        ),
        ...forEachSource([
          ...heard,
          ...(within ? tallied : []),
          ...set(UP, ...lanes.below(get(ZERO), get(Y))),
          ...set(DOWN, ...lanes.below(get(Y), get(ZERO))),
          ...set(VOTE, ...lanes.add(get(VOTE), by === "sum" ? get(Y) : signOfY)),
          ...set(X, ...lanes.times(ofRule(2), get(X))),
          // Which side is elected is not known yet: what either would give is summed.
          ...sides.flatMap(({ has, sum, share }) => [
            ...set(sum, ...lanes.add(get(sum), pair.and(get(X), get(has)))),
            ...set(share, ...lanes.add(get(share), pair.and(ofRule(3), get(has)))),
          ]),
        ]),
        ...set(
          UP,
          ...pair.choose(
            pair.load(get(common)),
            lanes.atLeast(get(VOTE), get(ZERO)),
            lanes.below(get(ZERO), get(VOTE)),
          ),
        ),
        ...set(SUM, ...pair.choose(get(UP), get(SUM), get(DOWN_SUM))),
        ...set(SHARE, ...pair.choose(get(UP), get(SHARE), get(DOWN_SHARE))),
        ...pair.store(
          get(out),
          pair.choose(lanes.differs(get(SHARE), get(ZERO)), lanes.divide(get(SUM), get(SHARE)), get(SUM)),
        ),
        ...storeByte(get(doubts), lanes.signs(get(DOUBT))),
        ...advance(doubts, i32(1)),
        ...advance(values, i32(16)),
        ...advance(out, i32(16)),
      ]),
    ],
  };
}

export type ElectionName = `elect${"" | "Floats"}By${"Sum" | "Signs"}${"" | "Within"}`;

/**
 * For each place: the sign of the sum of voterᵢ xᵢ, or of their signs, over the sources with |xᵢ| ≥ leastᵢ; then Σ weightᵢ xᵢ over those whose
 * voterᵢ xᵢ has that sign, divided by Σ shareᵢ over them where that is not zero. In float64, two places at a time, or in float32, four; with
 * `Within`, a bit for each place is set where a value is in doubt.
 *
 * Parameters: groups of places; sources; address of their values, bytes from one to the next; of the rules, `perSource` numbers a source; of
 * a mask, a group, whether an even vote is +, and of a group of ones; of the result; of a byte for each group, which takes the bits.
 */
export const elections: Readonly<Record<ElectionName, Kernel>> = {
  electBySum: election(pair, { by: "sum", within: false }),
  electBySigns: election(pair, { by: "signs", within: false }),
  electBySumWithin: election(pair, { by: "sum", within: true }),
  electBySignsWithin: election(pair, { by: "signs", within: true }),
  electFloatsBySum: election(quad, { by: "sum", within: false }),
  electFloatsBySigns: election(quad, { by: "signs", within: false }),
  electFloatsBySumWithin: election(quad, { by: "sum", within: true }),
  electFloatsBySignsWithin: election(quad, { by: "signs", within: true }),
};
