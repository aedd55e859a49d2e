import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { score } from "./log-ratio.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/** −(1 − g) log σ(z) + g e⁻ᶻ, z = β [s⁺ − s⁻], gate g = σ(z/τ): logistic where the pair is wrong, exponential where it is right. */
export const discopop: PairLoss = {
  name: "discopop",
  reference: "Lu et al. 2024 (DiscoPOP), arXiv:2406.08414, eq. 5",
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  takesDivergence: true,
  perPair({ chosen, rejected }, options) {
    const z: tf.Tensor1D = tf.mul(tf.sub(score(chosen, options), score(rejected, options)), options.beta);
    const gate = tf.sigmoid(tf.div(z, options.discopopTau));
    return tf.add(tf.mul(negativeLogSigmoid(z), tf.sub(1, gate)), tf.mul(tf.exp(tf.neg(z)), gate));
  },
};
