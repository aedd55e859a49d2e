import type { Loss } from "@prefdelta/causal-lm";
import * as tf from "@tensorflow/tfjs-core";
import type { DpoLoss, LossOptions, Side } from "./dpo-loss.ts";

/** Name of the per-sequence input that carries the reference log-probs. */
export const REFERENCE = "reference";

/** What a loss is told unless it is told otherwise: TRL's defaults. β has none here: it is the row's. */
const defaultLossOptions = {
  labelSmoothing: 0,
  divergence: { type: "reverse_kl", alpha: 0.5 },
  discopopTau: 0.05,
  simpoGamma: 0.5,
  weighting: false,
} as const satisfies Omit<LossOptions, "beta">;

/**
 * A pair's weight: the product over its answers of exp (mean over tokens of log p(y_t) − log Σᵥ p(v)²), means [S] → [P]. Without gradient.
 * Zhou et al. 2024 (WPO), arXiv:2406.11827, eq. 2 and the alignment by sampled tokens.
 */
const pairLikelihood = (means: tf.Tensor1D, sides: number): tf.Tensor1D =>
  tf.exp(tf.sum(tf.reshape(means, [-1, sides]), 1));

/**
 * The objective of a row of the table, or of a mix of rows, as causal-lm differentiates it: the mean over the batch's pairs. Sequences come
 * pair by pair, chosen (even) before rejected (odd); a loss without rejected answers has one sequence a pair.
 */
export function createLoss(row: DpoLoss, given: Pick<LossOptions, "beta"> & Partial<LossOptions>): Loss {
  const options: LossOptions = { ...defaultLossOptions, ...given };
  const sides = row.needsRejected ? 2 : 1;
  return {
    key: `${row.name} ${JSON.stringify(options)}`,
    extras: row.needsReference ? [REFERENCE] : [],
    needsRelative: options.weighting,
    compute({ sums, counts, extras, relative }) {
      const reference = extras[REFERENCE] ?? tf.zerosLike(sums);
      const column = (values: tf.Tensor1D, side: number): tf.Tensor1D =>
        tf.squeeze(tf.slice(tf.reshape(values, [-1, sides]), [0, side], [-1, 1]), [1]);
      const side = (index: number): Side => ({
        sums: column(sums, index),
        counts: column(counts, index),
        reference: column(reference, index),
      });
      const perPair = row.needsRejected
        ? row.perPair({ chosen: side(0), rejected: side(1) }, options)
        : row.perPair({ chosen: side(0) }, options);
      if (!relative) return { loss: tf.mean(perPair) };
      const likelihood = pairLikelihood(tf.div(relative, tf.maximum(counts, 1)), sides);
      return { loss: tf.mean(tf.mul(perPair, likelihood)) };
    },
  };
}
