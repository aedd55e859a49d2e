import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { score } from "./log-ratio.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/** [−(1 − ε) log σ(z) + ε log σ(−z)] / (1 − 2ε), z = β [s⁺ − s⁻]: unbiased where a share ε of the labels is flipped. */
export const robust: PairLoss = {
  name: "robust",
  reference: "Chowdhury et al. 2024, arXiv:2403.00409, eq. 12",
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  takesDivergence: true,
  labelSmoothing: { expected: "below 0.5", allows: (epsilon) => epsilon < 0.5 },
  perPair({ chosen, rejected }, options) {
    const { beta, labelSmoothing: epsilon } = options;
    const z: tf.Tensor1D = tf.mul(tf.sub(score(chosen, options), score(rejected, options)), beta);
    const kept = tf.mul(negativeLogSigmoid(z), (1 - epsilon) / (1 - 2 * epsilon));
    return tf.sub(kept, tf.mul(negativeLogSigmoid(tf.neg(z)), epsilon / (1 - 2 * epsilon)));
  },
};
