import * as tf from "@tensorflow/tfjs-core";

/** LoRA factors of one linear map: A [r, in], B [out, r]; the map gains scale · B A. */
export interface LinearLora {
  readonly A: tf.Tensor;
  readonly B: tf.Tensor;
  readonly scale: number;
  /** Dropout: the entries of x that A sees, bool [N, in]. What they are scaled up by is part of `scale`. */
  readonly seen?: tf.Tensor | undefined;
  /** DoRA: what each row of W + scale · B A is scaled to, and its norm as it is, which counts as a constant: [out] each. */
  readonly gain?: { readonly magnitude: tf.Tensor; readonly norms: tf.Tensor } | undefined;
}

export interface LinearMap {
  /** [out, in] */
  readonly weight: tf.Tensor;
  /** [out] */
  readonly bias?: tf.Tensor | undefined;
  readonly lora?: LinearLora | undefined;
}

/** x Aᵀ for every A: [N, r] each. Formed in one product, unless each A sees entries of its own. */
function thinProducts(x: tf.Tensor, loras: readonly LinearLora[]): tf.Tensor[] {
  if (loras.some(({ seen }) => seen !== undefined)) {
    return loras.map(({ A, seen }) => tf.matMul(seen ? tf.mul(x, tf.cast(seen, "float32")) : x, A, false, true));
  }
  const [first, ...others] = loras.map(({ A }) => A);
  if (!first) return [];
  if (others.length === 0) return [tf.matMul(x, first, false, true)];
  const thin = tf.matMul(x, tf.concat([first, ...others], 0), false, true); // [N, Σr]
  return tf.split(
    thin,
    loras.map(({ A }) => A.shape[0]!),
    1,
  );
}

/** s · x Aᵀ for every A: [N, r] each. The scale is applied where tensors are thinnest. */
const projectDown = (x: tf.Tensor, loras: readonly LinearLora[]): tf.Tensor[] =>
  thinProducts(x, loras).map((part, i) => tf.mul(part, loras[i]!.scale));

/**
 * x Wᵀ (+ b) (+ scale · (x Aᵀ) Bᵀ) for every map of the same input: x [N, in], W [out, in] → [N, out] each. With a gain, all but b is multiplied by
 * magnitude / norm (Liu et al. 2024, DoRA, https://arxiv.org/abs/2402.09353, eq. 5 with the norm detached, §4.3, as PEFT has it).
 */
export function linears(x: tf.Tensor, maps: readonly LinearMap[]): tf.Tensor[] {
  const adapted = maps.filter(({ lora }) => lora !== undefined);
  const down = projectDown(
    x,
    adapted.map(({ lora }) => lora!),
  );
  return maps.map((map) => {
    const product = tf.matMul(x, map.weight, false, true);
    const biased = (y: tf.Tensor): tf.Tensor => (map.bias ? tf.add(y, map.bias) : y);
    if (!map.lora) return biased(product);
    const { B, gain } = map.lora;
    const update = tf.matMul(down[adapted.indexOf(map)]!, B, false, true);
    if (!gain) return tf.add(biased(product), update);
    return biased(tf.mul(tf.add(product, update), tf.div(gain.magnitude, gain.norms)));
  });
}
