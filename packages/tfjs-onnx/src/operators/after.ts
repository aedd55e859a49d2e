import * as tf from "@tensorflow/tfjs-core";
import { tracesContrib } from "../trace/trace.ts";

function hold(x: tf.Tensor, others: readonly tf.Tensor[], onlyWidening: boolean): tf.Tensor {
  if (!tracesContrib() || others.length === 0) return x;
  const waiting = tf.customGrad((...args) => {
    const [x] = args as unknown as [tf.Tensor];
    const value: tf.Tensor = tf
      .engine()
      .runKernel("After", [x, ...others] as unknown as tf.NamedTensorMap, { onlyWidening });
    return { value, gradFunc: (dy: tf.Tensor) => dy };
  });
  return waiting(x);
}

/**
 * x, in a graph recorded for the CPU provider no sooner than the others have been computed; none of their numbers enters. ONNX Runtime runs a graph's nodes in an order that
 * dependencies leave open: parts that are all begun before one is finished are all in memory, and a matrix in 8-bit integers or 16-bit floats is widened
 * as soon as it can be.
 */
export const after = (x: tf.Tensor, others: readonly tf.Tensor[]): tf.Tensor => hold(x, others, false);

/** x; where a graph keeps it in 8-bit integers or 16-bit floats it is widened no sooner than the others have been computed. */
export const widenAfter = (x: tf.Tensor, others: readonly tf.Tensor[]): tf.Tensor => hold(x, others, true);
