import * as tf from "@tensorflow/tfjs-core";

/**
 * Rows `positions` [M] of x [N, d] → [M, d]. The gradient adds rows back by a product with a one-hot matrix [M, N]: tfjs' own is a scatter,
 * which its wasm backend does not have and ONNX Runtime runs on one thread.
 */
export function gatherRows(x: tf.Tensor, positions: tf.Tensor): tf.Tensor {
  const gather = tf.customGrad((...args) => {
    const [x] = args as unknown as [tf.Tensor];
    const rows = x.shape[0]!;
    return {
      value: tf.gather(x, positions as tf.Tensor1D),
      gradFunc: (dy: tf.Tensor) =>
        tf.matMul(tf.cast(tf.oneHot(positions as tf.Tensor1D, rows), "float32"), dy, true, false),
    };
  });
  return gather(x);
}
