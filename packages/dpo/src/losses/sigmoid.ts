import * as tf from "@tensorflow/tfjs-core";
import type { PairLoss, Side } from "./dpo-loss.ts";
import { negativeLogSigmoid } from "./negative-log-sigmoid.ts";

/** log (π/π_ref)(y|x): [P]. */
const logRatio = ({ sums, reference }: Side): tf.Tensor1D => tf.sub(sums, reference);

/** −log σ(β [log (π/π_ref)(y⁺|x) − log (π/π_ref)(y⁻|x)]). */
export const sigmoid: PairLoss = {
  name: "sigmoid",
  reference: "Rafailov et al. 2023, arXiv:2305.18290, eq. 7",
  defaultBeta: 0.1,
  needsReference: true,
  needsRejected: true,
  perPair({ chosen, rejected }, { beta }) {
    const margin = tf.sub(logRatio(chosen), logRatio(rejected));
    return negativeLogSigmoid(tf.mul(margin, beta));
  },
};
