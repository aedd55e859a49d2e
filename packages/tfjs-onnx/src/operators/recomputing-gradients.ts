import * as tf from "@tensorflow/tfjs-core";
import { endForward } from "../trace/trace.ts";

/**
 * tf.valueAndGrads(f). Where it is recorded for the CPU provider, the way back keeps little of f's intermediate tensors: what is cheap to compute is computed again
 * (trace/recompute.ts). Once in a trace: all that was recorded before is taken for the way there.
 */
export const recomputingGradients = (
  f: (...xs: tf.Tensor[]) => tf.Scalar,
): ReturnType<typeof tf.valueAndGrads<tf.Scalar>> =>
  tf.valueAndGrads((...xs) => {
    const value = f(...xs);
    endForward();
    return value;
  });
