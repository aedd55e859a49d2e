import * as tf from "@tensorflow/tfjs-core";
import { tracesContrib } from "../trace/trace.ts";

/**
 * A matrix that is kept in 8-bit integers or 16-bit floats, to be widened only once the other tensor has been computed; any other matrix as it is. ONNX Runtime
 * would widen it as soon as it can, and so all parts of a matrix that is used part by part.
 */
export function widenAfter(x: tf.Tensor, other: tf.Tensor): tf.Tensor {
  return tracesContrib() ? (tf.engine().runKernel("WidenAfter", { x, other }) as tf.Tensor) : x;
}
