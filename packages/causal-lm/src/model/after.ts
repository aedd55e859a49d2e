import * as tf from "@tensorflow/tfjs-core";

const nothingOf = (x: tf.Tensor): tf.Tensor => tf.slice(tf.reshape(x, [x.size]), [0], [0]);

/**
 * x, once the others have been computed: a recorded function's parts run in an order that its dependencies leave open, and parts that are all
 * begun before any is finished are all in memory. None of the others' numbers enters.
 */
export function after(x: tf.Tensor, others: readonly tf.Tensor[]): tf.Tensor {
  return tf.reshape(tf.concat([...others.map(nothingOf), tf.reshape(x, [x.size])], 0), x.shape);
}
