import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { score } from "./log-ratio.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/** −log σ(β [s⁺ − s⁻]), s the log-ratios log (π/π_ref)(y|x). */
export const sigmoid: PairLoss = {
  name: "sigmoid",
  reference: "Rafailov et al. 2023, arXiv:2305.18290, eq. 7",
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  takesDivergence: true,
  perPair({ chosen, rejected }, options) {
    const margin = tf.sub(score(chosen, options), score(rejected, options));
    return negativeLogSigmoid(tf.mul(margin, options.beta));
  },
};
