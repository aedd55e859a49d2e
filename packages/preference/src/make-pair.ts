import type { PairCounts } from "./pair-counts.ts";
import { droppedBy, type Candidate, type IsCorrect, type PairFilterOptions } from "./pair-filters.ts";
import type { Pair } from "./pair.ts";

export interface Pairing {
  readonly chosenModel: string;
  readonly rejectedModel: string;
  readonly filters: PairFilterOptions;
  readonly isCorrect: IsCorrect | undefined;
  /** Added to. */
  readonly counts: PairCounts;
}

/** The row of two answers, or nothing where a filter drops it; counted either way. */
export function makePair(candidate: Candidate, pairing: Pairing): Pair | undefined {
  const { chosenModel, rejectedModel, filters, isCorrect, counts } = pairing;
  const { item, chosen, rejected } = candidate;
  counts.prompts++;
  const dropped = droppedBy(candidate, filters, isCorrect);
  if (dropped !== undefined) {
    counts[dropped] = (counts[dropped] ?? 0) + 1;
    return undefined;
  }
  counts.pairs++;
  return {
    prompt: item.prompt,
    chosen: [{ role: "assistant", content: chosen.text }],
    rejected: [{ role: "assistant", content: rejected.text }],
    prompt_id: item.id,
    chosen_model: chosenModel,
    rejected_model: rejectedModel,
    // As JSON: tools have no common shape, which columns of a data set must have; TRL reads either.
    ...(item.tools && { tools: JSON.stringify(item.tools) }),
  };
}
