import { widenAfter } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { scaleColumns } from "./scale-columns.ts";

/** LoRA factors of one linear map: A [r, in], B [out, r]; the map gains scale · B A. */
export interface LinearLora {
  readonly A: tf.Tensor;
  readonly B: tf.Tensor;
  readonly scale: number;
  /** Dropout: the entries of x that are left, bool [N, in], and what they are multiplied by. */
  readonly dropout?: { readonly seen: tf.Tensor; readonly factor: number } | undefined;
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

/** What dropout leaves of x. Where W sees it too it is scaled up here; else, once it is thinner. */
function leftOf(x: tf.Tensor, { dropout, gain }: LinearLora): tf.Tensor {
  if (!dropout) return x;
  const left = tf.mul(x, tf.cast(dropout.seen, "float32"));
  return gain ? tf.mul(left, dropout.factor) : left;
}

/** What is still to be multiplied: see `leftOf`. */
const scaleOf = ({ scale, dropout, gain }: LinearLora): number => (dropout && !gain ? scale * dropout.factor : scale);

interface Adapted {
  readonly lora: LinearLora;
  /** What A sees: [N, in]. */
  readonly input: tf.Tensor;
}

/** Each input's product with its A: [N, r] each. One product for all of them where they see the same. */
function thinProducts(adapted: readonly Adapted[]): tf.Tensor[] {
  const [first, ...others] = adapted;
  if (!first) return [];
  if (others.some(({ input }) => input !== first.input) || others.length === 0) {
    return adapted.map(({ input, lora }) => tf.matMul(input, lora.A, false, true));
  }
  const factors = adapted.map(({ lora }) => lora.A);
  const thin = tf.matMul(first.input, tf.concat(factors, 0), false, true); // [N, Σr]
  return tf.split(
    thin,
    factors.map((A) => A.shape[0]!),
    1,
  );
}

/** s · x Aᵀ for every A: [N, r] each. The scale is applied where tensors are thinnest. */
const projectDown = (adapted: readonly Adapted[]): tf.Tensor[] =>
  thinProducts(adapted).map((thin, i) => tf.mul(thin, scaleOf(adapted[i]!.lora)));

/**
 * x Wᵀ (+ b) (+ scale · (x Aᵀ) Bᵀ) for every map of the same input: x [N, in], W [out, in] → [N, out] each. With a gain, all but b is multiplied by
 * magnitude / norm (Liu et al. 2024, DoRA, https://arxiv.org/abs/2402.09353, eq. 5 with the norm detached, §4.3, as PEFT has it).
 *
 * With dropout, A sees x' in place of x. With a gain too, so does W in what is multiplied, as in PEFT: to x Wᵀ + b is added what the LoRA changes
 * of x' Wᵀ, (gain − 1) · x' Wᵀ + gain · scale · (x' Aᵀ) Bᵀ.
 */
export function linears(x: tf.Tensor, maps: readonly LinearMap[]): tf.Tensor[] {
  const adapted = maps.flatMap(({ lora }) => (lora ? [{ lora, input: leftOf(x, lora) }] : []));
  const down = projectDown(adapted);
  let next = 0;
  return maps.map(({ weight, bias, lora }) => {
    // Else the weights of all layers would be widened before the first product.
    const product = (input: tf.Tensor): tf.Tensor => tf.matMul(input, widenAfter(weight, [input]), false, true);
    const biased = (y: tf.Tensor): tf.Tensor => (bias ? tf.add(y, bias) : y);
    if (!lora) return biased(product(x));
    const { input } = adapted[next]!;
    const update = tf.matMul(down[next++]!, lora.B, false, true);
    if (!lora.gain) return tf.add(biased(product(x)), update);
    const scaled = scaleColumns(tf.add(product(input), update), tf.div(lora.gain.magnitude, lora.gain.norms));
    return biased(input === x ? scaled : tf.add(product(tf.sub(x, input)), scaled));
  });
}
