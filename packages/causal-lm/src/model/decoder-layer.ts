import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "./config.ts";
import { linear, type LinearLora } from "./linear.ts";
import { rmsNorm } from "./rms-norm.ts";

/** What a layer knows about its tokens. N = B·T tokens in B rows of T. */
export interface LayerContext {
  readonly config: ModelConfig;
  readonly rows: number;
  /** cos and sin of the rotary angles: [B, T, 1, head_dim/2]. */
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
  /** Added to the attention scores, 0 or very negative: [B, 1, 1, T, S+T], S = tokens in `past`. */
  readonly mask: tf.Tensor;
  /** Keys and values of earlier tokens: [B, kv, S, head_dim]. */
  readonly past?: { readonly keys: tf.Tensor; readonly values: tf.Tensor };
}

export interface LayerParameters {
  /** By name inside the layer, e.g. "self_attn.q_proj.weight". */
  readonly weight: (name: string) => tf.Tensor;
  /** By path inside the layer, e.g. "self_attn.q_proj". */
  readonly lora: (path: string) => LinearLora | undefined;
}

export interface LayerOutput {
  /** [N, hidden] */
  readonly hidden: tf.Tensor;
  /** This call's keys (rotated) and values: [B, kv, T, head_dim]. */
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
}

/** Rotates pairs (i, i + d/2) of the last axis, as Hugging Face's rotate_half does. */
function rotate(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor {
  const [a, b] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  return tf.concat([tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(b, cos), tf.mul(a, sin))], -1);
}

type QueryKeyValue = readonly [query: tf.Tensor, keys: tf.Tensor, values: tf.Tensor];

/**
 * Grouped-query attention. The G query heads of a key-value head are laid side by side along the token axis, so that no operand
 * of a product is broadcast: tfjs' gradient of a batched product does not sum over broadcast dimensions.
 */
function attend([query, keys, values]: QueryKeyValue, { config, rows, mask, past }: LayerContext): tf.Tensor {
  const { queryHeads, keyValueHeads, headDim } = config;
  const groups = queryHeads / keyValueHeads;
  const tokens = query.shape[2]!;
  const stacked = [rows, keyValueHeads, groups * tokens, headDim];
  const q = tf.mul(tf.reshape(query, stacked), 1 / Math.sqrt(headDim)); // [B, kv, G·T, d]
  const own = tf.matMul(q, keys, false, true); // [B, kv, G·T, T]
  const scores = past ? tf.concat([tf.matMul(q, past.keys, false, true), own], -1) : own;
  const width = scores.shape.at(-1)!; // S + T
  const masked = tf.add(tf.reshape(scores, [rows, keyValueHeads, groups, tokens, width]), mask);
  const weights = tf.reshape(tf.softmax(masked), [rows, keyValueHeads, groups * tokens, width]);
  if (!past) return tf.reshape(tf.matMul(weights, values), [rows, queryHeads, tokens, headDim]);
  const [toPast, toOwn] = tf.split(weights, [width - tokens, tokens], -1) as [tf.Tensor, tf.Tensor];
  const mixed = tf.add(tf.matMul(toPast, past.values), tf.matMul(toOwn, values));
  return tf.reshape(mixed, [rows, queryHeads, tokens, headDim]);
}

/** One Qwen3 decoder layer: pre-norm attention with normalised queries and keys, then a SwiGLU block. x: [N, hidden]. */
export function decoderLayer(x: tf.Tensor, parameters: LayerParameters, context: LayerContext): LayerOutput {
  const { config, rows, cos, sin } = context;
  const { queryHeads, keyValueHeads, headDim, normEpsilon } = config;
  const tokens = x.shape[0]! / rows;
  const map = (path: string, input: tf.Tensor): tf.Tensor =>
    linear(input, parameters.weight(`${path}.weight`), parameters.lora(path));
  const norm = (name: string, input: tf.Tensor): tf.Tensor =>
    rmsNorm(input, parameters.weight(`${name}.weight`), normEpsilon);
  const heads = (input: tf.Tensor, count: number): tf.Tensor => tf.reshape(input, [rows, tokens, count, headDim]);
  const headsFirst = (input: tf.Tensor): tf.Tensor => tf.transpose(input, [0, 2, 1, 3]); // [B, heads, T, d]

  const attentionInput = norm("input_layernorm", x);
  const query = rotate(norm("self_attn.q_norm", heads(map("self_attn.q_proj", attentionInput), queryHeads)), cos, sin);
  const key = rotate(norm("self_attn.k_norm", heads(map("self_attn.k_proj", attentionInput), keyValueHeads)), cos, sin);
  const keys = headsFirst(key);
  const values = headsFirst(heads(map("self_attn.v_proj", attentionInput), keyValueHeads));
  const attended = headsFirst(attend([headsFirst(query), keys, values], context)); // [B, T, heads, d]
  const afterAttention = tf.add(
    x,
    map("self_attn.o_proj", tf.reshape(attended, [rows * tokens, queryHeads * headDim])),
  );

  const feedForwardInput = norm("post_attention_layernorm", afterAttention);
  const gate = map("mlp.gate_proj", feedForwardInput);
  const gated = tf.mul(tf.mul(gate, tf.sigmoid(gate)), map("mlp.up_proj", feedForwardInput)); // SiLU(gate) · up
  return { hidden: tf.add(afterAttention, map("mlp.down_proj", gated)), keys, values };
}
