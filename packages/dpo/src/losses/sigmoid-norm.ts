import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { meanScore } from "./log-ratio.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/** −log σ(β [s⁺/n⁺ − s⁻/n⁻]), s the log-ratios and n the counted tokens: open-instruct's dpo_norm. */
export const sigmoidNorm: PairLoss = {
  name: "sigmoid_norm",
  reference: "Lambert et al. 2024 (Tülu 3), arXiv:2411.15124 (length-normalised DPO)",
  defaultBeta: 5,
  needsReference: true,
  needsRejected: true,
  takesDivergence: true,
  perPair({ chosen, rejected }, options) {
    const margin = tf.sub(meanScore(chosen, options), meanScore(rejected, options));
    return negativeLogSigmoid(tf.mul(margin, options.beta));
  },
};
