import type { PromptRow } from "@prefdelta/causal-lm";
import { batchRows } from "../data/batch-rows.ts";
import type { PairList } from "../data/pair-list.ts";
import type { PromptRows } from "./reference-log-probs.ts";

/** Some pairs of a list as rows, read when they are wanted. */
export function rowsOfPairs(
  pairs: PairList,
  { places, needsRejected }: { readonly places: Uint32Array; readonly needsRejected: boolean },
): PromptRows {
  return {
    length: places.length,
    slice: async (start, end): Promise<PromptRow[]> =>
      batchRows(await pairs.read(places.subarray(start, end)), needsRejected),
  };
}

/** The log-probs of some pairs of a list, by pair: those of pairs that were not asked for are no numbers. */
export function spreadByPair(
  logProbs: Float64Array,
  { places, pairs, sides }: { readonly places: Uint32Array; readonly pairs: number; readonly sides: number },
): Float64Array {
  if (places.length === pairs) return logProbs;
  const spread = new Float64Array(pairs * sides).fill(Number.NaN);
  for (const [i, place] of places.entries()) spread.set(logProbs.subarray(i * sides, (i + 1) * sides), place * sides);
  return spread;
}
