import type { Loss } from "@prefdelta/causal-lm";
import * as tf from "@tensorflow/tfjs-core";
import type { DpoLoss, LossOptions, Side } from "./dpo-loss.ts";

/** Name of the per-sequence input that carries the reference log-probs. */
export const REFERENCE = "reference";

/**
 * The objective of a row of the table, as causal-lm differentiates it: the mean over the batch's pairs. Sequences come pair by pair, chosen
 * (even) before rejected (odd); a loss without rejected answers has one sequence a pair.
 */
export function createLoss(row: DpoLoss, options: LossOptions): Loss {
  const sides = row.needsRejected ? 2 : 1;
  return {
    key: `${row.name} beta=${options.beta}`,
    extras: row.needsReference ? [REFERENCE] : [],
    compute({ sums, counts, extras }) {
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
      return { loss: tf.mean(perPair) };
    },
  };
}
