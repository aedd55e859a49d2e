import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "./config.ts";

/** Keys and values, each [rows, kv, tokens, head_dim]; keys are rotated. */
export interface KeysAndValues {
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
}

export interface AttentionInput extends KeysAndValues {
  readonly config: ModelConfig;
  /** [rows, heads, tokens, head_dim], rotated and divided by √head_dim; `keys` and `values` may hold more tokens, the earlier ones first. */
  readonly query: tf.Tensor;
  /** Added to the scores, 0 or very negative: [rows, 1, 1, tokens, past + keys' tokens]. */
  readonly mask: tf.Tensor;
  /** What came before, seen ahead of the row's own tokens. */
  readonly past?: KeysAndValues | undefined;
}

/** The G query heads of a key-value head side by side along the token axis: [rows, kv, G·T, d]. No operand of a product is broadcast then. */
function stackGroups({ config, query }: AttentionInput): tf.Tensor {
  const { queryHeads, keyValueHeads, headDim } = config;
  const [rows, , tokens] = query.shape as [number, number, number];
  const groups = queryHeads / keyValueHeads;
  return tf.reshape(query, [rows, keyValueHeads, groups * tokens, headDim]);
}

/** softmax(scores + mask) over the keys: [rows, kv, G·T, keys] → the same. */
function normalize(scores: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const [rows, heads, queries, width] = scores.shape as [number, number, number, number];
  const tokens = mask.shape[3]!;
  const masked = tf.add(tf.reshape(scores, [rows, heads, queries / tokens, tokens, width]), mask);
  return tf.reshape(tf.softmax(masked), scores.shape);
}

/**
 * P V with P = softmax(Q Kᵀ + mask). The gradient is written by hand, as in FlashAttention (Dao et al. 2022, arXiv:2205.14135, appendix B.2):
 * with O = P V, dS = P ∘ (dO Vᵀ − rowsum(dO ∘ O)), whose row sums run over head_dim numbers and not over all keys.
 */
function softmaxProduct([q, keys, values]: readonly [tf.Tensor, tf.Tensor, tf.Tensor], mask: tf.Tensor): tf.Tensor {
  const product = tf.customGrad((...args) => {
    const [q, k, v, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const p = normalize(tf.matMul(q, k, false, true), mask);
    const o = tf.matMul(p, v);
    save([q, k, v, p, o]);
    return {
      value: o,
      gradFunc: (dO: tf.Tensor, saved: tf.Tensor[]) => {
        const [q, k, v, p, o] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const rowSums = tf.sum(tf.mul(dO, o), -1, true);
        const dS = tf.mul(p, tf.sub(tf.matMul(dO, v, false, true), rowSums));
        return [tf.matMul(dS, k), tf.matMul(dS, q, true, false), tf.matMul(p, dO, true, false)];
      },
    };
  });
  return product(q, keys, values);
}

/** Attention over a cache and a row's own tokens: scores are formed apart and joined, so the cache is never copied. */
function cachedProduct(input: AttentionInput, past: KeysAndValues): tf.Tensor {
  const q = stackGroups(input);
  const scores = tf.concat([tf.matMul(q, past.keys, false, true), tf.matMul(q, input.keys, false, true)], -1);
  const sizes = [past.keys.shape[2]!, input.keys.shape[2]!];
  const [toPast, toOwn] = tf.split(normalize(scores, input.mask), sizes, -1) as [tf.Tensor, tf.Tensor];
  return tf.add(tf.matMul(toPast, past.values), tf.matMul(toOwn, input.values));
}

/** Grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245): [rows, heads, tokens, head_dim]. */
export function attend(input: AttentionInput): tf.Tensor {
  const { query, keys, values, mask, past } = input;
  const mixed = past ? cachedProduct(input, past) : softmaxProduct([stackGroups(input), keys, values], mask);
  return tf.reshape(mixed, query.shape);
}
