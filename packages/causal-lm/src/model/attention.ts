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
function stackGroups({ config, query }: Pick<AttentionInput, "config" | "query">): tf.Tensor {
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

/** Queries of fewer tokens are not worth a block of their own; more blocks save little and cost a graph's nodes. */
const [SMALLEST_BLOCK, MOST_BLOCKS] = [128, 4];

/** Sizes of the blocks that T queries are cut into, all but the last alike. */
export function blockSizes(tokens: number): number[] {
  const blocks = Math.min(MOST_BLOCKS, Math.max(1, Math.floor(tokens / SMALLEST_BLOCK)));
  const size = Math.ceil(tokens / blocks / 16) * 16;
  return Array.from({ length: Math.ceil(tokens / size) }, (_, i) => Math.min(size, tokens - i * size));
}

/** The first `count` keys or values of each row. */
const firstKeys = (x: tf.Tensor, count: number): tf.Tensor =>
  count === x.shape[2] ? x : tf.slice(x, [0, 0, 0, 0], [-1, -1, count, -1]);

/**
 * Attention among a row's tokens, block of queries by block: none looks past its last query, so half of what the mask hides is never
 * computed.
 */
function causalProduct(input: AttentionInput): tf.Tensor {
  const { config, query, keys, values, mask } = input;
  const tokens = query.shape[2]!;
  const sizes = blockSizes(tokens);
  if (sizes.length === 1) return tf.reshape(softmaxProduct([stackGroups(input), keys, values], mask), query.shape);
  const earlier = keys.shape[2]! - tokens;
  let start = 0;
  const blocks = tf.split(query, sizes, 2).map((part, i) => {
    const end = start + sizes[i]!;
    const visible = earlier + end;
    const seen = tf.slice(mask, [0, 0, 0, start, 0], [-1, -1, -1, sizes[i]!, visible]);
    start = end;
    const operands = [
      stackGroups({ config, query: part }),
      firstKeys(keys, visible),
      firstKeys(values, visible),
    ] as const;
    return tf.reshape(softmaxProduct(operands, seen), part.shape);
  });
  return tf.concat(blocks, 2);
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
export const attend = (input: AttentionInput): tf.Tensor =>
  input.past ? tf.reshape(cachedProduct(input, input.past), input.query.shape) : causalProduct(input);
