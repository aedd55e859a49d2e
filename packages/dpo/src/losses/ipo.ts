import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss } from "./dpo-loss.ts";
import { meanScore } from "./log-ratio.ts";

/**
 * (s⁺/n⁺ − s⁻/n⁻ − 1/(2β))²: the margin is pulled to 1/(2β), from either side. Log-ratios are means over tokens, as in TRL; the paper does
 * not say so, its authors do. β is the paper's τ.
 *
 * The default is 5, as for the other losses of means: a margin of 0.1 nats a token. TRL's 0.1 asks for 5 nats a token, which no pair reaches,
 * so that the pull back, for which one takes this loss, never acts.
 */
export const ipo: PairLoss = {
  name: "ipo",
  reference: "Azar et al. 2023, arXiv:2310.12036, eq. 17, by token",
  defaultBeta: 5,
  needsReference: true,
  needsRejected: true,
  takesDivergence: true,
  perPair({ chosen, rejected }, options) {
    const margin = tf.sub(meanScore(chosen, options), meanScore(rejected, options));
    return tf.square(tf.sub(margin, 1 / (2 * options.beta)));
  },
};
