import * as tf from "@tensorflow/tfjs-core";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/** Beyond e⁸⁰ float32 is near its end: TRL's bound for α-divergences. */
const LARGEST_EXPONENT = 80;

type Score = (logRatio: tf.Tensor1D, alpha: number) => tf.Tensor1D;

/** (tᵃ⁻¹ − 1) / (α − 1) of t = π/π_ref, which is log t at α = 1. */
const alphaScore: Score = (logRatio, alpha) => {
  const power = alpha - 1;
  if (Math.abs(power) < 1e-6) return logRatio;
  const exponent: tf.Tensor1D = tf.minimum(tf.mul(logRatio, power), LARGEST_EXPONENT);
  return tf.mul(tf.sub(tf.exp(exponent), 1), 1 / power);
};

/**
 * f′(π/π_ref) as a function of the log-ratio, up to a constant that cancels between the answers: what an f-divergence puts in the log-ratio's
 * place. Wang et al. 2023, arXiv:2309.16240, table 1, by TRL's names and with TRL's constants.
 */
export const divergences = {
  reverse_kl: (logRatio) => logRatio,
  /** 1 − 1/t */
  forward_kl: (logRatio) => tf.sub(1, tf.exp(tf.neg(logRatio))),
  /** log 2 + log σ(log t) */
  js_divergence: (logRatio) => tf.sub(Math.LN2, negativeLogSigmoid(logRatio)),
  alpha_divergence: alphaScore,
} as const satisfies Record<string, Score>;

export type DivergenceName = keyof typeof divergences;

export const divergenceNames = Object.keys(divergences) as DivergenceName[];

export interface Divergence {
  readonly type: DivergenceName;
  /** α of alpha_divergence; the others do without. */
  readonly alpha: number;
}
