import { type Random, shuffle } from "@prefdelta/random";
import type { TrainingPair } from "../data/training-pair.ts";

interface SplitOptions {
  /** Below 1: a share of the pairs; else how many. */
  readonly size: number;
  readonly random: Random;
}

export interface SplitPairs {
  readonly training: readonly TrainingPair[];
  readonly evaluation: readonly TrainingPair[];
}

/**
 * Sets pairs aside for evaluation, by prompt: all pairs of a prompt fall on the same side, so that no evaluated prompt was learned from. Prompts
 * are drawn until the size is reached, so a little more may be set aside. Either part keeps the given order.
 */
export function splitPairs(pairs: readonly TrainingPair[], { size, random }: SplitOptions): SplitPairs {
  if (size === 0) return { training: pairs, evaluation: [] };
  const wanted = size < 1 ? Math.round(size * pairs.length) : size;
  const promptOf = ({ prompt }: TrainingPair): string => JSON.stringify(prompt);
  const countOf = new Map<string, number>();
  for (const pair of pairs) countOf.set(promptOf(pair), (countOf.get(promptOf(pair)) ?? 0) + 1);
  const aside = new Set<string>();
  let count = 0;
  for (const prompt of shuffle(random, [...countOf.keys()])) {
    if (count >= wanted) break;
    aside.add(prompt);
    count += countOf.get(prompt)!;
  }
  return {
    training: pairs.filter((pair) => !aside.has(promptOf(pair))),
    evaluation: pairs.filter((pair) => aside.has(promptOf(pair))),
  };
}
