import { createRandom } from "@prefdelta/random";
import type { DpoConfig } from "../config.ts";
import { DpoError } from "../errors.ts";
import { splitPairs } from "../evaluation/split-pairs.ts";
import { type EncodedPair, type EncodedPairs, encodePairs } from "./encode-pairs.ts";
import { weighByLength } from "./length-weights.ts";
import type { PairTokenizer } from "./pair-tokenizer.ts";
import type { TrainingPair } from "./training-pair.ts";

interface GivenPairs {
  readonly pairs: readonly TrainingPair[];
  /** Never trained on; without them, the settings' share of the pairs is. */
  readonly evaluationPairs?: readonly TrainingPair[] | undefined;
}

export interface TrainingData {
  readonly training: readonly EncodedPair[];
  readonly counts: EncodedPairs["counts"];
  /** Absent where nothing is evaluated. */
  readonly evaluation?: { readonly pairs: readonly EncodedPair[]; readonly counts: EncodedPairs["counts"] };
}

/** @throws {DpoError} E_NO_PAIRS saying how many were left out and why */
function checkSome({ counts }: EncodedPairs, what: string): void {
  if (counts.kept > 0) return;
  throw new DpoError("E_NO_PAIRS", `pairs — expected at least one to ${what}, got ${JSON.stringify(counts)}`);
}

/**
 * Pairs as a run needs them: those for evaluation set aside, all encoded, tokens weighed where LD-DPO asks for it.
 *
 * @throws {DpoError} E_TEMPLATE, E_PAIR, E_NO_PAIRS; E_CONFIG for an evaluation without pairs, or pairs without an evaluation
 */
export function prepareData(tokenizer: PairTokenizer, given: GivenPairs, config: DpoConfig): TrainingData {
  const { ld_alpha, eval_strategy, val_size } = config;
  const encode = (pairs: readonly TrainingPair[], purpose: string): EncodedPairs => {
    const encoded = encodePairs(tokenizer, pairs, {
      maxLength: config.max_length,
      maskObservations: config.mask_observations,
      truncation: config.truncation_mode,
    });
    checkSome(encoded, purpose);
    if (ld_alpha === null) return encoded;
    return { ...encoded, pairs: encoded.pairs.map((pair) => weighByLength(pair, ld_alpha)) };
  };
  if (given.evaluationPairs && (val_size > 0 || eval_strategy === "no")) {
    const expected = val_size > 0 ? "val_size 0" : "eval_strategy steps or epoch";
    throw new DpoError("E_CONFIG", `evaluation pairs — expected ${expected} with pairs of their own`);
  }
  const random = createRandom(config.seed).fork("evaluation");
  const split = given.evaluationPairs
    ? { training: given.pairs, evaluation: given.evaluationPairs }
    : splitPairs(given.pairs, { size: val_size, random });
  const { pairs: training, counts } = encode(split.training, "train on");
  if (eval_strategy === "no") return { training, counts };
  if (split.evaluation.length === 0) {
    const message = `eval_strategy ${eval_strategy} — expected pairs to evaluate on, or a val_size that sets some aside, got none`;
    throw new DpoError("E_CONFIG", message);
  }
  return { training, counts, evaluation: encode(split.evaluation, "evaluate on") };
}
