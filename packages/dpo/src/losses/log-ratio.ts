import * as tf from "@tensorflow/tfjs-core";
import type { LossOptions, Side } from "./dpo-loss.ts";
import { divergences } from "./divergences.ts";

/** r = log (π/π_ref)(y|x): [P]. */
export const logRatio = ({ sums, reference }: Side): tf.Tensor1D => tf.sub(sums, reference);

/** s: the log-ratio, or what the chosen f-divergence puts in its place: [P]. */
export const score = (side: Side, { divergence }: LossOptions): tf.Tensor1D =>
  divergences[divergence.type](logRatio(side), divergence.alpha);

/** s/n, n the counted tokens, of which there is at least one: [P]. */
export const meanScore = (side: Side, options: LossOptions): tf.Tensor1D =>
  tf.div(score(side, options), tf.maximum(side.counts, 1));

/** log π(y|x) / n: [P]. */
export const meanLogProb = ({ sums, counts }: Side): tf.Tensor1D => tf.div(sums, tf.maximum(counts, 1));
