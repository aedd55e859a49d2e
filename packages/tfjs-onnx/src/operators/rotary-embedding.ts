import * as tf from "@tensorflow/tfjs-core";
import { tracesContrib } from "../trace/trace.ts";

/** cos and sin of every token's angles, [N, d/2] each. */
export interface RotaryTables {
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
}

function turn(x: tf.Tensor, { cos, sin }: RotaryTables): tf.Tensor {
  if (tracesContrib()) return tf.engine().runKernel("RotaryEmbedding", { x, cos, sin });
  const c = tf.expandDims(cos, 1);
  const s = tf.expandDims(sin, 1);
  const [a, b] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  return tf.concat([tf.sub(tf.mul(a, c), tf.mul(b, s)), tf.add(tf.mul(b, c), tf.mul(a, s))], -1);
}

/**
 * Rotates the pairs (i, i + d/2) of the last axis, as Hugging Face's rotate_half does (Su et al. 2021, https://arxiv.org/abs/2104.09864):
 * x [N, heads, d] → the same. The gradient, with respect to x alone, is the rotation back. Traced for ONNX Runtime, each is one node.
 */
export function rotaryEmbedding(x: tf.Tensor, tables: RotaryTables): tf.Tensor {
  const rotation = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    save([tables.cos, tables.sin]);
    return {
      value: turn(x, tables),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [cos, sin] = saved as [tf.Tensor, tf.Tensor];
        return turn(dy, { cos, sin: tf.neg(sin) });
      },
    };
  });
  return rotation(x);
}
