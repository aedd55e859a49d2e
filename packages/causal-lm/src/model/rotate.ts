import * as tf from "@tensorflow/tfjs-core";

/**
 * Rotates the pairs (i, i + d/2) of the last axis by given angles, as Hugging Face's rotate_half does. x: [N, heads, d]; cos, sin: [N, 1, d/2].
 * The gradient is the rotation back.
 */
export function rotate(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor {
  const turn = (x: tf.Tensor, sin: tf.Tensor): tf.Tensor => {
    const [a, b] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
    return tf.concat([tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(b, cos), tf.mul(a, sin))], -1);
  };
  const rotation = tf.customGrad((...args) => {
    const [x] = args as unknown as [tf.Tensor];
    return { value: turn(x, sin), gradFunc: (dy: tf.Tensor) => turn(dy, tf.neg(sin)) };
  });
  return rotation(x);
}
