import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { logRatio } from "./log-ratio.ts";

/** (r⁺ − 1/(2β))² + (r⁻ + 1/(2β))²: the winner's probability of winning taken as 1, the loser's as 0. */
export const sppoHard: PairLoss = {
  name: "sppo_hard",
  reference: "Wu et al. 2024 (SPPO), arXiv:2405.00675, eq. 4.7",
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  takesDivergence: false,
  perPair({ chosen, rejected }, { beta }) {
    const target = 0.5 / beta;
    return tf.add(tf.square(tf.sub(logRatio(chosen), target)), tf.square(tf.add(logRatio(rejected), target)));
  },
};
