import { type Random, shuffle } from "@prefdelta/random";

interface DrawOptions {
  /** Below 1: a share of the pairs; else how many. */
  readonly size: number;
  readonly random: Random;
}

/**
 * Draws the prompts whose pairs are set aside for evaluation: whole prompts, so that none that is evaluated was learned from, until the size is
 * reached, so that a little more may be set aside.
 *
 * @param pairsOf pairs of each prompt, prompts in the order in which they are first seen
 * @returns 1 for each prompt that is set aside, else 0
 */
export function drawPrompts(pairsOf: ArrayLike<number>, { size, random }: DrawOptions): Uint8Array {
  const aside = new Uint8Array(pairsOf.length);
  if (size === 0) return aside;
  const prompts = Array.from(pairsOf, (_, prompt) => prompt);
  const pairs = prompts.reduce((sum, prompt) => sum + pairsOf[prompt]!, 0);
  const wanted = size < 1 ? Math.round(size * pairs) : size;
  let count = 0;
  for (const prompt of shuffle(random, prompts)) {
    if (count >= wanted) break;
    aside[prompt] = 1;
    count += pairsOf[prompt]!;
  }
  return aside;
}
