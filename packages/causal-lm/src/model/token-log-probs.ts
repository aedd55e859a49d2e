import * as tf from "@tensorflow/tfjs-core";

export interface HeadInput {
  /** Hidden states after the final norm: [M, hidden]. */
  readonly hidden: tf.Tensor;
  /** [vocab, hidden] */
  readonly head: tf.Tensor;
  /** Token ids: [M]. */
  readonly targets: tf.Tensor;
}

/** log Σ exp over the last axis, with softmax as its gradient: [M, V] → [M]. */
function logSumExp(logits: tf.Tensor): tf.Tensor {
  const stable = tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    const max = tf.max(logits, -1, true);
    const value = tf.add(max, tf.log(tf.sum(tf.exp(tf.sub(logits, max)), -1, true)));
    save([logits, value]);
    return {
      value: tf.squeeze(value, [-1]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [logits, value] = saved as [tf.Tensor, tf.Tensor];
        return tf.mul(tf.exp(tf.sub(logits, value)), tf.expandDims(dy, -1));
      },
    };
  });
  return stable(logits);
}

/** log p(target) at every position, differentiable in the hidden states and the head: [M]. The target's logit is a dot product of two rows. */
export function tokenLogProbs({ hidden, head, targets }: HeadInput): tf.Tensor {
  const targetLogit = tf.sum(tf.mul(hidden, tf.gather(head, targets as tf.Tensor1D)), -1);
  return tf.sub(targetLogit, logSumExp(tf.matMul(hidden, head, false, true)));
}
