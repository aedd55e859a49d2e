import { pairFilterOptions, type PairFilterName, type PairFilterOptions } from "./pair-filters.ts";

/** Adds up: `prompts` = `pairs` + all others. Filters that are off are left out but for the first two. */
export interface PairCounts extends Partial<Record<PairFilterName, number>> {
  prompts: number;
  pairs: number;
  /** Both models wrote the same text, character for character: no preference to learn. */
  identical: number;
  /** One of the texts is blank, or both are. */
  empty: number;
  /** A judge found the chosen text worse, whichever it was shown first. */
  judged_worse?: number;
  /** One of the models has not answered. */
  unanswered?: number;
}

/** Zeros for the filters that are on. */
export function zeroCounts(filters: PairFilterOptions): PairCounts {
  const names = pairFilterOptions.keyof().options.filter((name) => filters[name] !== false);
  return { prompts: 0, pairs: 0, identical: 0, empty: 0, ...Object.fromEntries(names.map((name) => [name, 0])) };
}
