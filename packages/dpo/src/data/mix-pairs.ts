import { type Random, sample } from "@prefdelta/random";

export interface PairSource<T> {
  readonly pairs: readonly T[];
  /** How many times the source's pairs are in the mix: 2 is every pair twice, 0.25 a quarter of them, drawn by chance. */
  readonly weight: number;
}

/**
 * Several sources as one list, each by its weight, sources one after the other: whole copies, then a draw without replacement for the rest, in the
 * source's order. As open-instruct's data mixer. A source's draw depends on the seed and its place alone.
 */
export function mixPairs<T>(sources: readonly PairSource<T>[], random: Random): T[] {
  return sources.flatMap(({ pairs, weight }, place) => {
    const whole = Math.floor(weight);
    const rest = Math.round((weight - whole) * pairs.length);
    const indices = pairs.map((_, i) => i);
    const drawn = new Set(sample(random.fork("source", place), indices, rest));
    return [...Array.from({ length: whole }, () => pairs).flat(), ...pairs.filter((_, i) => drawn.has(i))];
  });
}
