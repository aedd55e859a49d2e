import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss, Side } from "./dpo-loss.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/** Mean log (π/π_ref) over the counted tokens, of which there is at least one: [P]. */
const meanLogRatio = ({ sums, reference, counts }: Side): tf.Tensor1D =>
  tf.div(tf.sub(sums, reference), tf.maximum(counts, 1));

/** −log σ(β [log (π/π_ref)(y⁺|x) / n⁺ − log (π/π_ref)(y⁻|x) / n⁻]), n the counted tokens: open-instruct's dpo_norm. */
export const sigmoidNorm: PairLoss = {
  name: "sigmoid_norm",
  reference: "Lambert et al. 2024 (Tülu 3), arXiv:2411.15124 (length-normalised DPO)",
  defaultBeta: 5,
  needsReference: true,
  needsRejected: true,
  perPair({ chosen, rejected }, { beta }) {
    const margin = tf.sub(meanLogRatio(chosen), meanLogRatio(rejected));
    return negativeLogSigmoid(tf.mul(margin, beta));
  },
};
