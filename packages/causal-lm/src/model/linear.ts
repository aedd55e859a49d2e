import * as tf from "@tensorflow/tfjs-core";

/** LoRA factors of one linear map: A [r, in], B [out, r]; the map gains scale · B A. */
export interface LinearLora {
  readonly A: tf.Tensor;
  readonly B: tf.Tensor;
  readonly scale: number;
}

/** x Wᵀ (+ scale · (x Aᵀ) Bᵀ): x [N, in], W [out, in] → [N, out]. The scale is applied where the tensor is thinnest. */
export function linear(x: tf.Tensor, weight: tf.Tensor, lora?: LinearLora): tf.Tensor {
  const y = tf.matMul(x, weight, false, true);
  if (!lora) return y;
  const thin = tf.mul(tf.matMul(x, lora.A, false, true), lora.scale);
  return tf.add(y, tf.matMul(thin, lora.B, false, true));
}
