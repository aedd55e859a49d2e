import { score } from "@prefdelta/causal-lm";
import type { CausalLm } from "@prefdelta/causal-lm";
import { encodePairs, pairFromRow } from "@prefdelta/dpo";
import type { Pair, ScoredPair } from "@prefdelta/preference";

/**
 * What a model makes of pairs' answers, counted as training counts: prompts in the chat template, observations masked. Pairs of which a side says
 * nothing of its own are left out.
 */
export async function scorePairs(lm: CausalLm, pairs: readonly Pair[]): Promise<ScoredPair[]> {
  const rowsToScore = pairs.map((pair) => pairFromRow(pair, pair.prompt_id));
  const encoded = encodePairs(lm.tokenizer, rowsToScore, { maxLength: null, maskObservations: true }).pairs;
  const rows = encoded.map(({ prompt, chosen, rejected }) => ({ prompt, completions: [chosen, rejected] }));
  if (rows.length === 0) return [];
  const { logProbs } = await score(lm, rows);
  const counted = (mask: readonly number[]): number => mask.filter((weight) => weight > 0).length;
  return encoded.map(({ chosen, rejected }, i) => ({
    logProbs: { chosen: logProbs[2 * i]!, rejected: logProbs[2 * i + 1]! },
    tokens: { chosen: counted(chosen.mask), rejected: counted(rejected.mask) },
  }));
}
