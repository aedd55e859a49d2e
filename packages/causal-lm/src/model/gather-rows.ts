import * as tf from "@tensorflow/tfjs-core";

/** Some rows of a matrix of N, none of them twice. */
export interface RowSelection {
  /** The rows: [M]. Padding may name a row again, where nothing is made of it. */
  readonly positions: tf.Tensor;
  /** Where each row stands among them, M if nowhere: [N]. Needed for a gradient only. */
  readonly places?: tf.Tensor | undefined;
}

/**
 * Rows `positions` of x [N, d] → [M, d]. The gradient takes each row from its place, or a row of zeros: tfjs' own is a scatter, which its
 * wasm backend does not have and ONNX Runtime runs on one thread.
 */
export function gatherRows(x: tf.Tensor, { positions, places }: RowSelection): tf.Tensor {
  const gather = tf.customGrad((...args) => {
    const [x] = args as unknown as [tf.Tensor];
    return {
      value: tf.gather(x, positions as tf.Tensor1D),
      gradFunc: (dy: tf.Tensor) => tf.gather(tf.concat([dy, tf.zeros([1, dy.shape[1]!])], 0), places as tf.Tensor1D),
    };
  });
  return gather(x);
}
