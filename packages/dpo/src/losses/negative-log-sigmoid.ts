import * as tf from "@tensorflow/tfjs-core";

/** −log σ(x) = log(1 + e⁻ˣ), without overflow. (tfjs' own logSigmoid does not keep its input for the gradient when run op by op.) */
export const negativeLogSigmoid = (x: tf.Tensor1D): tf.Tensor1D => tf.softplus(tf.neg(x));
