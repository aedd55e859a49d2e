import * as tf from "@tensorflow/tfjs-core";

/** Ones below the diagonal: [n, n]. */
function belowDiagonal(n: number): tf.Tensor2D {
  const ones = new Float32Array(n * n);
  for (let row = 0; row < n; row++) ones.fill(1, row * n, row * n + row);
  return tf.tensor2d(ones, [n, n]);
}

/** One-hot row i says at which place value i stands once sorted; of equal values the earlier one comes first: [n, n]. */
function permutation(values: tf.Tensor1D): tf.Tensor2D {
  const [n] = values.shape;
  const own = tf.expandDims(values, 1); // [n, 1]
  const others = tf.expandDims(values, 0); // [1, n]
  const isAbove = tf.cast(tf.greater(own, others), "float32");
  const isLaterEqual = tf.mul(tf.cast(tf.equal(own, others), "float32"), belowDiagonal(n));
  const ranks = tf.sum(tf.add(isAbove, isLaterEqual), 1, true); // [n, 1]
  const places = tf.tensor2d(
    Array.from({ length: n }, (_, place) => place),
    [1, n],
  );
  return tf.cast(tf.equal(ranks, places), "float32");
}

/**
 * Values from least to greatest: [n] → [n]. By pairwise comparison and one product, for tfjs has no sort with a gradient; the ranks are
 * constant to it, as in PyTorch. n is a batch's pairs: n² is small.
 */
export function sortAscending(values: tf.Tensor1D): tf.Tensor1D {
  const sort = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor1D, tf.GradSaveFunc];
    const places = permutation(x);
    save([places]);
    const column = (vector: tf.Tensor): tf.Tensor => tf.expandDims(vector, 1);
    return {
      value: tf.squeeze(tf.matMul(places, column(x), true, false), [1]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.squeeze(tf.matMul(saved[0]!, column(dy)), [1]),
    };
  });
  return sort(values) as tf.Tensor1D;
}
