import { after } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";

/**
 * SiLU(gate) · up, the gated unit of the feed-forward block (Shazeer 2020, https://arxiv.org/abs/2002.05202). With s = σ(gate) and
 * h = gate·s·up: ∂h/∂gate = s·(up − h) + h, ∂h/∂up = gate·s. Written by hand: three elementwise passes fewer than tfjs' own rules, and both
 * derivatives are what is kept, in place of s, gate·s, up and h.
 */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  const gated = tf.customGrad((...args) => {
    const [gate, up, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const s = tf.sigmoid(gate);
    const a = tf.mul(gate, s);
    const h = tf.mul(a, up);
    const slope = tf.add(tf.mul(s, tf.sub(up, h)), h);
    save([slope, a]);
    return {
      // The derivatives first, where there is a way back: what they are made of would be held instead.
      value: tf.engine().state.gradientDepth > 0 ? after(h, [slope]) : h,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [slope, a] = saved as [tf.Tensor, tf.Tensor];
        return [tf.mul(dy, slope), tf.mul(dy, a)];
      },
    };
  });
  return gated(gate, up);
}
