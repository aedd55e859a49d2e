import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { logRatio } from "./log-ratio.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/** −log σ(β r⁺) − ½ log σ(−β r⁺) − ½ log σ(−β r⁻): each answer's own log-ratio, not only their difference. */
export const ncaPair: PairLoss = {
  name: "nca_pair",
  reference: "Chen et al. 2024 (NCA), arXiv:2402.05369, for two answers",
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  takesDivergence: false,
  perPair({ chosen, rejected }, { beta }) {
    const up: tf.Tensor1D = tf.mul(logRatio(chosen), beta);
    const down: tf.Tensor1D = tf.mul(logRatio(rejected), beta);
    const repelled = tf.add(negativeLogSigmoid(tf.neg(up)), negativeLogSigmoid(tf.neg(down)));
    return tf.add(negativeLogSigmoid(up), tf.mul(repelled, 0.5));
  },
};
