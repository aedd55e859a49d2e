import * as tf from "@tensorflow/tfjs-core";
import { tracesContrib } from "../trace/trace.ts";

/**
 * x, in a graph recorded for the CPU provider no sooner than the others have been computed; none of their numbers enters. ONNX Runtime runs a graph's nodes in an order that
 * dependencies leave open: parts that are all begun before one is finished are all in memory, and a matrix in 8-bit integers or 16-bit floats is widened
 * as soon as it can be.
 */
export function after(x: tf.Tensor, others: readonly tf.Tensor[]): tf.Tensor {
  if (!tracesContrib() || others.length === 0) return x;
  return tf.engine().runKernel("After", [x, ...others] as unknown as tf.NamedTensorMap);
}
