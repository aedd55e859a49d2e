import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { logRatio } from "./log-ratio.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/** −log σ(β r⁺) − log σ(−β r⁻): a classifier of good and bad answers. Without the paper's running mean of rewards, as in TRL. */
export const bcoPair: PairLoss = {
  name: "bco_pair",
  reference: "Jung et al. 2024 (BCO), arXiv:2404.04656, eq. 8 with δ = 0",
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  takesDivergence: false,
  perPair({ chosen, rejected }, { beta }) {
    const up = negativeLogSigmoid(tf.mul(logRatio(chosen), beta));
    return tf.add(up, negativeLogSigmoid(tf.mul(logRatio(rejected), -beta)));
  },
};
