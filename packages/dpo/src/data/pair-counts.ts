import type { Outcome } from "./encode-pair.ts";

export interface PairCounts {
  readonly given: number;
  readonly kept: number;
  /** Left out: a side with its prompt exceeds max_length. */
  readonly tooLong: number;
  /** Left out: a side has no token of the model's own. */
  readonly empty: number;
  /** Kept, but cut to max_length. */
  readonly cut: number;
}

export function countOutcomes(outcomes: Iterable<Outcome>): PairCounts {
  const of = { whole: 0, cut: 0, tooLong: 0, empty: 0 };
  for (const outcome of outcomes) of[outcome]++;
  const { whole, cut, tooLong, empty } = of;
  return { given: whole + cut + tooLong + empty, kept: whole + cut, tooLong, empty, cut };
}
