import { sample, type Random } from "@prefdelta/random";
import type { Item } from "../item.ts";

/** `count` of the items, drawn at random, in their old order; all of them where there are no more. */
export function samplePrompts(items: readonly Item[], count: number, random: Random): Item[] {
  const indices = items.map((_, i) => i);
  return sample(random, indices, Math.min(count, items.length))
    .toSorted((a, b) => a - b)
    .map((i) => items[i]!);
}
