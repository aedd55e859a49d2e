import * as tf from "@tensorflow/tfjs-core";
import type { LossOptions, PairLoss } from "./dpo-loss.ts";
import { logRatio } from "./log-ratio.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";
import { sortAscending } from "./sort-ascending.ts";

/** −(1 − ε) log σ(β δ) − ε log σ(−β δ). */
function smoothed(delta: tf.Tensor1D, { beta, labelSmoothing: epsilon }: LossOptions): tf.Tensor1D {
  const z: tf.Tensor1D = tf.mul(delta, beta);
  const kept = negativeLogSigmoid(z);
  return epsilon === 0 ? kept : tf.add(tf.mul(kept, 1 - epsilon), tf.mul(negativeLogSigmoid(tf.neg(z)), epsilon));
}

const shared = {
  reference: "Melnyk et al. 2024 (AOT), arXiv:2406.05882, algorithm 1",
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  takesDivergence: false,
  mixesPairs: true,
  labelSmoothing: { expected: "below 1", allows: (epsilon: number) => epsilon < 1 },
} as const;

/** δ: the policy's sorted margins against the reference's sorted margins, log π(y⁺) − log π(y⁻); of the whole batch, not pair by pair. */
export const aot: PairLoss = {
  ...shared,
  name: "aot",
  perPair({ chosen, rejected }, options) {
    const policy = sortAscending(tf.sub(chosen.sums, rejected.sums));
    const reference = sortAscending(tf.sub(chosen.reference, rejected.reference));
    return smoothed(tf.sub(policy, reference), options);
  },
};

/** δ: the chosen answers' sorted log-ratios against the rejected answers': which rejected answer a chosen one came with does not matter. */
export const aotUnpaired: PairLoss = {
  ...shared,
  name: "aot_unpaired",
  perPair({ chosen, rejected }, options) {
    return smoothed(tf.sub(sortAscending(logRatio(chosen)), sortAscending(logRatio(rejected))), options);
  },
};
