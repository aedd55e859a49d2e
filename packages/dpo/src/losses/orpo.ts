import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { meanLogProb } from "./log-ratio.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";
import { chosenCrossEntropy } from "./sft.ts";

/** log (1 − eˣ) for x < 0, by t = tanh(x/2): eˣ = (1 + t)/(1 − t). Exact near 0, where 1 − eˣ would lose every digit. */
function log1MinusExp(x: tf.Tensor1D): tf.Tensor1D {
  const t = tf.tanh(tf.mul(x, 0.5));
  return tf.sub(tf.log(tf.mul(t, -2)), tf.log(tf.sub(1, t)));
}

/** log odds of an answer by its mean log-prob m: m − log(1 − eᵐ): [P]. */
const logOdds = (mean: tf.Tensor1D): tf.Tensor1D => tf.sub(mean, log1MinusExp(mean));

/**
 * Cross-entropy of the chosen answers − β log σ(log odds(y⁺) − log odds(y⁻)): no reference; β is the paper's λ. The cross-entropy is over the
 * answers' tokens; TRL's counts the prompts' tokens too.
 */
export const orpo: PairLoss = {
  name: "orpo",
  reference: "Hong et al. 2024 (ORPO), arXiv:2403.07691, eq. 6",
  defaultBeta: 0.1,
  needsReference: false,
  needsRejected: true,
  takesDivergence: false,
  perPair({ chosen, rejected }, { beta }) {
    const margin: tf.Tensor1D = tf.sub(logOdds(meanLogProb(chosen)), logOdds(meanLogProb(rejected)));
    return tf.add(chosenCrossEntropy(chosen), tf.mul(negativeLogSigmoid(margin), beta));
  },
};
