import * as tf from "@tensorflow/tfjs-core";
import { tracesContrib } from "../trace/trace.ts";

interface Normalized {
  readonly y: tf.Tensor;
  /** 1 / √(mean(x²) + ε): [..., 1] */
  readonly inverse: tf.Tensor;
}

function normalize(x: tf.Tensor, gain: tf.Tensor, epsilon: number): Normalized {
  if (tracesContrib()) {
    const outputs = tf.engine().runKernel("SimplifiedLayerNormalization", { x, gain }, { epsilon });
    const [y, inverse] = outputs as unknown as [tf.Tensor, tf.Tensor];
    return { y, inverse };
  }
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
  return { y: tf.mul(tf.mul(x, inverse), gain), inverse };
}

/**
 * y = x / √(mean(x²) + ε) · g over the last axis (Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467): x [..., d], g [d] → [..., d].
 * The gradient is written by hand: tfjs' own would keep four intermediate tensors of x's size. Traced for ONNX Runtime, the value is one node.
 */
export function rmsNormalization(x: tf.Tensor, gain: tf.Tensor, epsilon: number): tf.Tensor {
  const normalization = tf.customGrad((...args) => {
    const [x, gain, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const { y, inverse } = normalize(x, gain, epsilon);
    save([x, gain, inverse]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, gain, inverse] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const scaled = tf.mul(dy, gain);
        const projection = tf.mean(tf.mul(scaled, x), -1, true);
        const dx = tf.mul(inverse, tf.sub(scaled, tf.mul(x, tf.mul(tf.square(inverse), projection))));
        const rows = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
        const dGain = tf.sum(tf.mul(dy, tf.mul(x, inverse)), rows);
        return [dx, dGain];
      },
    };
  });
  return normalization(x, gain);
}
