import * as tf from "@tensorflow/tfjs-core";

/** What a gain of 0 counts as: a power of two, so that dividing by it undoes the product; too small to change a sum with float32 numbers of ordinary size. */
const ZERO = 2 ** -64;

/**
 * y = x · gain, column by column: [N, d], [d] → [N, d]. ∂/∂gain = Σ dy ∘ x is had from y, as Σ dy ∘ y / gain: y is needed further on for most of what is
 * scaled here, and x is not. A gain of exactly 0 counts as 2⁻⁶⁴, so that it has its gradient, as in PEFT; y is some 5e-20 · x there, where PEFT's is 0.
 */
export function scaleColumns(x: tf.Tensor, gain: tf.Tensor): tf.Tensor {
  const scaling = tf.customGrad((...args) => {
    const [x, given, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const isZero = tf.cast(tf.equal(given, tf.scalar(0)), "float32");
    const gain = tf.add(given, tf.mul(isZero, ZERO));
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
