import * as tf from "@tensorflow/tfjs-core";

/** LoRA factors of one linear map: A [r, in], B [out, r]; the map gains scale · B A. */
export interface LinearLora {
  readonly A: tf.Tensor;
  readonly B: tf.Tensor;
  readonly scale: number;
}

export interface LinearMap {
  /** [out, in] */
  readonly weight: tf.Tensor;
  /** [out] */
  readonly bias?: tf.Tensor | undefined;
  readonly lora?: LinearLora | undefined;
}

/** s · x Aᵀ for every A, formed in one product: [N, r] each. The scale is applied where tensors are thinnest. */
function projectDown(x: tf.Tensor, loras: readonly LinearLora[]): tf.Tensor[] {
  if (loras.length === 0) return [];
  const A =
    loras.length === 1
      ? loras[0]!.A
      : tf.concat(
          loras.map((lora) => lora.A),
          0,
        );
  const ranks = loras.map((lora) => lora.A.shape[0]!);
  const thin = tf.matMul(x, A, false, true); // [N, Σr]
  const parts = loras.length === 1 ? [thin] : tf.split(thin, ranks, 1);
  return parts.map((part, i) => tf.mul(part, loras[i]!.scale));
}

/** x Wᵀ (+ b) (+ scale · (x Aᵀ) Bᵀ) for every map of the same input: x [N, in], W [out, in] → [N, out] each. */
export function linears(x: tf.Tensor, maps: readonly LinearMap[]): tf.Tensor[] {
  const adapted = maps.filter(({ lora }) => lora !== undefined);
  const down = projectDown(
    x,
    adapted.map(({ lora }) => lora!),
  );
  return maps.map((map) => {
    const product = tf.matMul(x, map.weight, false, true);
    const y = map.bias ? tf.add(product, map.bias) : product;
    if (!map.lora) return y;
    return tf.add(y, tf.matMul(down[adapted.indexOf(map)]!, map.lora.B, false, true));
  });
}
