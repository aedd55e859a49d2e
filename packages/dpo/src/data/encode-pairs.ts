import { type EncodedPair, type EncodeOptions, encodePair, type Outcome } from "./encode-pair.ts";
import { countOutcomes, type PairCounts } from "./pair-counts.ts";
import type { PairTokenizer } from "./pair-tokenizer.ts";
import type { TrainingPair } from "./training-pair.ts";

export interface EncodedPairs {
  readonly pairs: readonly EncodedPair[];
  readonly counts: PairCounts;
}

/**
 * Encodes pairs, each as `encodePair` does. Pairs too long are left out or cut, as `truncation` says; those and pairs without a counted token
 * are counted.
 *
 * @throws {DpoError} E_TEMPLATE, E_PAIR
 */
export function encodePairs(
  tokenizer: PairTokenizer,
  pairs: readonly TrainingPair[],
  options: EncodeOptions,
): EncodedPairs {
  const kept: EncodedPair[] = [];
  const outcomes: Outcome[] = [];
  for (const [index, pair] of pairs.entries()) {
    const name = `pair ${index + 1} (${pair.prompt_id})`;
    const { outcome, encoded } = encodePair(tokenizer, pair, { ...options, name });
    outcomes.push(outcome);
    if (encoded) kept.push(encoded);
  }
  return { pairs: kept, counts: countOutcomes(outcomes) };
}
