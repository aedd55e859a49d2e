import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "./config.ts";

/** Keys and values, each [rows, kv, tokens, head_dim]; keys are rotated. */
export interface KeysAndValues {
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
}

export interface AttentionInput extends KeysAndValues {
  readonly config: ModelConfig;
  /** [rows, heads, tokens, head_dim], rotated; `keys` and `values` may hold more tokens, the earlier ones first. */
  readonly query: tf.Tensor;
  /** Added to the scores, 0 or very negative: [rows, 1, 1, tokens, past + keys' tokens]. */
  readonly mask: tf.Tensor;
  /** What came before, seen ahead of the row's own tokens. */
  readonly past?: KeysAndValues | undefined;
}

/**
 * Grouped-query attention: [rows, heads, tokens, head_dim]. The G query heads of a key-value head are laid side by side along the token
 * axis, so that no operand of a product is broadcast: tfjs' gradient of a batched product does not sum over broadcast dimensions. Scores of
 * the past and of a row's own tokens are formed apart and joined, so keys are never copied together.
 */
export function attend({ config, query, keys, values, mask, past }: AttentionInput): tf.Tensor {
  const { queryHeads, keyValueHeads, headDim } = config;
  const groups = queryHeads / keyValueHeads;
  const [rows, , tokens] = query.shape as [number, number, number];
  const stacked = [rows, keyValueHeads, groups * tokens, headDim];
  const q = tf.mul(tf.reshape(query, stacked), 1 / Math.sqrt(headDim)); // [rows, kv, G·T, d]
  const own = tf.matMul(q, keys, false, true); // [rows, kv, G·T, keys]
  const scores = past ? tf.concat([tf.matMul(q, past.keys, false, true), own], -1) : own;
  const width = scores.shape.at(-1)!; // past + keys
  const masked = tf.add(tf.reshape(scores, [rows, keyValueHeads, groups, tokens, width]), mask);
  const weights = tf.reshape(tf.softmax(masked), [rows, keyValueHeads, groups * tokens, width]);
  if (!past) return tf.reshape(tf.matMul(weights, values), [rows, queryHeads, tokens, headDim]);
  const [toPast, toOwn] = tf.split(weights, [past.keys.shape[2]!, keys.shape[2]!], -1) as [tf.Tensor, tf.Tensor];
  const mixed = tf.add(tf.matMul(toPast, past.values), tf.matMul(toOwn, values));
  return tf.reshape(mixed, [rows, queryHeads, tokens, headDim]);
}
