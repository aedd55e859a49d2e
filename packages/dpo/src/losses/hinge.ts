import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { score } from "./log-ratio.ts";

/** max(0, 1 − β [s⁺ − s⁻]). */
export const hinge: PairLoss = {
  name: "hinge",
  reference:
    "Zhao et al. 2023 (SLiC-HF), arXiv:2305.10425; the log-ratios' form is Liu et al. 2023 (RSO), arXiv:2309.06657, sec. 3.2",
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  takesDivergence: true,
  perPair({ chosen, rejected }, options) {
    const margin = tf.sub(score(chosen, options), score(rejected, options));
    // The constant first: tfjs then gives the kink itself no gradient, as PyTorch does.
    return tf.maximum(0, tf.sub(1, tf.mul(margin, options.beta)));
  },
};
