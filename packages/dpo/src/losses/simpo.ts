import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { meanLogProb } from "./log-ratio.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/**
 * −(1 − ε) log σ(z) − ε log σ(−z), z = β [log π(y⁺|x)/n⁺ − log π(y⁻|x)/n⁻] − γ: no reference, and a margin γ to be exceeded. The smoothing ε,
 * 0 in the paper, is that of TRL's CPOTrainer, whose likelihood term (cpo_alpha) is left out: `sft` in a mix.
 */
export const simpo: PairLoss = {
  name: "simpo",
  reference: "Meng et al. 2024 (SimPO), arXiv:2405.14734, eq. 6",
  defaultBeta: 5,
  needsReference: false,
  needsRejected: true,
  takesDivergence: false,
  labelSmoothing: { expected: "below 1", allows: (epsilon) => epsilon < 1 },
  perPair({ chosen, rejected }, { beta, simpoGamma, labelSmoothing: epsilon }) {
    const margin = tf.sub(meanLogProb(chosen), meanLogProb(rejected));
    const z: tf.Tensor1D = tf.mul(tf.sub(margin, simpoGamma / beta), beta);
    const kept = negativeLogSigmoid(z);
    return epsilon === 0 ? kept : tf.add(tf.mul(kept, 1 - epsilon), tf.mul(negativeLogSigmoid(tf.neg(z)), epsilon));
  },
};
