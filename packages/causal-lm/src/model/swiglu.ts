import * as tf from "@tensorflow/tfjs-core";

/**
 * SiLU(gate) · up, the gated unit of the feed-forward block (Shazeer 2020, https://arxiv.org/abs/2002.05202). With s = σ(gate) and
 * h = gate·s·up: ∂h/∂gate = s·(up − h) + h, ∂h/∂up = gate·s. Written by hand: three elementwise passes fewer than tfjs' own rules.
 */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  const gated = tf.customGrad((...args) => {
    const [gate, up, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const s = tf.sigmoid(gate);
    const a = tf.mul(gate, s);
    const h = tf.mul(a, up);
    save([s, a, up, h]);
    return {
      value: h,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [s, a, up, h] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const slope = tf.add(tf.mul(s, tf.sub(up, h)), h);
        return [tf.mul(dy, slope), tf.mul(dy, a)];
      },
    };
  });
  return gated(gate, up);
}
