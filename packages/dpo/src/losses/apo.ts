import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { logRatio } from "./log-ratio.ts";

const shared = {
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  takesDivergence: false,
} as const;

/** 1 − σ(β r⁺) + σ(β r⁻): chosen up, rejected down; for chosen answers better than the model's own. */
export const apoZero: PairLoss = {
  ...shared,
  name: "apo_zero",
  reference: "D'Oosterlinck et al. 2024 (APO), arXiv:2408.06266, eq. 7",
  perPair({ chosen, rejected }, { beta }) {
    const up = tf.sigmoid(tf.mul(logRatio(chosen), beta));
    return tf.add(tf.sub(1, up), tf.sigmoid(tf.mul(logRatio(rejected), beta)));
  },
};

/** σ(β r⁺) + 1 − σ(β [r⁺ − r⁻]): both down, rejected further; for chosen answers worse than the model's own. */
export const apoDown: PairLoss = {
  ...shared,
  name: "apo_down",
  reference: "D'Oosterlinck et al. 2024 (APO), arXiv:2408.06266, eq. 8",
  perPair({ chosen, rejected }, { beta }) {
    const margin = tf.sub(logRatio(chosen), logRatio(rejected));
    return tf.add(tf.sigmoid(tf.mul(logRatio(chosen), beta)), tf.sub(1, tf.sigmoid(tf.mul(margin, beta))));
  },
};
