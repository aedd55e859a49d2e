import * as tf from "@tensorflow/tfjs-core";

/**
 * y = x · gain, column by column: [N, d], [d] → [N, d]. ∂/∂gain = Σ dy ∘ x is had from y, as Σ dy ∘ y / gain: y is needed further on for most of what is
 * scaled here, and x is not. A gain of 0 has no gradient, then.
 */
export function scaleColumns(x: tf.Tensor, gain: tf.Tensor): tf.Tensor {
  const scaling = tf.customGrad((...args) => {
    const [x, gain, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const y = tf.mul(x, gain);
    save([y, gain]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [y, gain] = saved as [tf.Tensor, tf.Tensor];
        return [tf.mul(dy, gain), tf.div(tf.sum(tf.mul(dy, y), 0), gain)];
      },
    };
  });
  return scaling(x, gain);
}
