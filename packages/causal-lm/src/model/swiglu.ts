import * as tf from "@tensorflow/tfjs-core";

/**
 * SiLU(gate) · up, the gated unit of the feed-forward block (Shazeer 2020, https://arxiv.org/abs/2002.05202). With s = σ(gate) and
 * a = gate·s: ∂/∂gate = up·(s + a − a·s). Written by hand: two elementwise passes fewer than tfjs' own rules.
 */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  const gated = tf.customGrad((...args) => {
    const [gate, up, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const s = tf.sigmoid(gate);
    const a = tf.mul(gate, s);
    save([s, a, up]);
    return {
      value: tf.mul(a, up),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [s, a, up] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const slope = tf.add(s, tf.mul(a, tf.sub(1, s)));
        return [tf.mul(tf.mul(dy, up), slope), tf.mul(dy, a)];
      },
    };
  });
  return gated(gate, up);
}
