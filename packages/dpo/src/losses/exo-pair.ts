import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { score } from "./log-ratio.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/** KL(q ‖ p) of q = (σ(z), σ(−z)), z = β [s⁺ − s⁻], to the labels p = (1 − ε, ε). */
export const exoPair: PairLoss = {
  name: "exo_pair",
  reference: "Ji et al. 2024 (EXO), arXiv:2402.00856, eq. 16 for two answers",
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  takesDivergence: true,
  labelSmoothing: { expected: "above 0 (its logarithm enters)", allows: (epsilon) => epsilon > 0 },
  perPair({ chosen, rejected }, options) {
    const { beta, labelSmoothing: epsilon } = options;
    const z: tf.Tensor1D = tf.mul(tf.sub(score(chosen, options), score(rejected, options)), beta);
    const flipped: tf.Tensor1D = tf.neg(z);
    const term = (x: tf.Tensor1D, logLabel: number): tf.Tensor1D =>
      tf.mul(tf.sigmoid(x), tf.sub(tf.neg(negativeLogSigmoid(x)), logLabel));
    return tf.add(term(z, Math.log1p(-epsilon)), term(flipped, Math.log(epsilon)));
  },
};
