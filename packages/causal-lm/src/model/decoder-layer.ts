import { rmsNormalization, rotaryEmbedding } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { attend, type KeysAndValues } from "./attention.ts";
import type { ModelConfig } from "./config.ts";
import { gatherRows, type RowSelection } from "./gather-rows.ts";
import { linears, type LinearLora } from "./linear.ts";
import { swiglu } from "./swiglu.ts";

/** Rows of equally many tokens that attend among themselves. */
interface Rows {
  readonly rows: number;
  /** Added to the attention scores, 0 or very negative: [rows, 1, 1, T, past + T]. */
  readonly mask: tf.Tensor;
}

/** What a layer knows about its tokens. The first group's tokens come first, row by row, then the continuations'. */
export interface LayerContext extends Rows {
  readonly config: ModelConfig;
  /** cos and sin of the rotary angles of all N tokens: N · head_dim/2 numbers, in any shape. */
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
  /** Keys and values of tokens before the first group's, seen by the continuations too: [rows, kv, S, head_dim], or [1, …] for all rows alike. */
  readonly past?: KeysAndValues | undefined;
  /** Rows that go on from the first group's: the same number for each of its rows, in order. Their past is that row, and its past. */
  readonly continuations?: (Rows & { readonly tokens: number }) | undefined;
  /** Tokens whose output is wanted, among the continuations' where there are any; the others only serve as keys and values. All if absent. */
  readonly wanted?: RowSelection | undefined;
}

export interface LayerParameters {
  /** By name inside the layer, e.g. "self_attn.q_proj.weight". */
  readonly weight: (name: string) => tf.Tensor;
  /** By path inside the layer, e.g. "self_attn.q_proj". */
  readonly lora: (path: string) => LinearLora | undefined;
}

export interface LayerOutput extends KeysAndValues {
  /** [N, hidden], or [M, hidden] where only some were wanted. `keys` and `values` are the first group's: [rows, kv, T, head_dim]. */
  readonly hidden: tf.Tensor;
}

/** [n, heads, d] as rows of tokens, heads first: [rows, heads, n/rows, d]. */
function headsFirst(x: tf.Tensor, rows: number): tf.Tensor {
  const [count, heads, width] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [rows, count / rows, heads, width]), [0, 2, 1, 3]);
}

/** The reverse, heads joined: [rows, heads, T, d] → [rows·T, heads·d]. */
function tokensFirst(x: tf.Tensor): tf.Tensor {
  const [rows, heads, tokens, width] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [rows * tokens, heads * width]);
}

/** Each row `times` times in a row: [rows, …] → [rows·times, …]. */
function repeatRows(x: tf.Tensor, times: number): tf.Tensor {
  if (times === 1) return x;
  const [rows, ...rest] = x.shape as [number, ...number[]];
  const one = tf.reshape(x, [rows, 1, ...rest]);
  return tf.reshape(tf.concat(Array<tf.Tensor>(times).fill(one), 1), [rows * times, ...rest]);
}

/** The continuations' tokens: [N, …] → [rows·T, …]. */
export function ofContinuations(
  x: tf.Tensor,
  { rows, tokens }: { readonly rows: number; readonly tokens: number },
): tf.Tensor {
  const start = x.shape.map((_, axis) => (axis === 0 ? x.shape[0]! - rows * tokens : 0));
  return tf.slice(x, start);
}

/** A map's LoRA where only some tokens go through the map. */
const loraOfRows = (lora: LinearLora | undefined, rows: (all: tf.Tensor) => tf.Tensor): LinearLora | undefined =>
  lora?.dropout ? { ...lora, dropout: { ...lora.dropout, seen: rows(lora.dropout.seen) } } : lora;

interface Projected {
  /** [N, heads, d], [N, kv, d], [N, kv, d]; the continuations' queries alone where no other output is wanted. */
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
}

/** Attention of both groups: a row of heads·d for each query, and the first group's keys and values. */
function attention({ query, key, value }: Projected, context: LayerContext): KeysAndValues & { mixed: tf.Tensor } {
  const { config, rows, mask, past, continuations, wanted } = context;
  if (!continuations) {
    const own = { keys: headsFirst(key, rows), values: headsFirst(value, rows) };
    return { ...own, mixed: tokensFirst(attend({ config, query: headsFirst(query, rows), ...own, mask, past })) };
  }
  const later = continuations.rows * continuations.tokens;
  const parts = (x: tf.Tensor): [tf.Tensor, tf.Tensor] => {
    const [first, then] = tf.split(x, [x.shape[0]! - later, later], 0) as [tf.Tensor, tf.Tensor];
    return [headsFirst(first, rows), headsFirst(then, continuations.rows)];
  };
  const [firstQuery, thenQuery] = wanted ? [undefined, headsFirst(query, continuations.rows)] : parts(query);
  const [keys, thenKeys] = parts(key);
  const [values, thenValues] = parts(value);
  // Keys are joined here, not scores as with a cache: a prompt's keys are fewer than its scores.
  const times = continuations.rows / rows;
  const then = attend({
    config,
    query: thenQuery,
    keys: tf.concat([repeatRows(keys, times), thenKeys], 2),
    values: tf.concat([repeatRows(values, times), thenValues], 2),
    mask: continuations.mask,
    past,
  });
  if (!firstQuery) return { keys, values, mixed: tokensFirst(then) };
  const first = attend({ config, query: firstQuery, keys, values, mask, past });
  return { keys, values, mixed: tf.concat([tokensFirst(first), tokensFirst(then)], 0) };
}

/** One decoder layer of the Llama family (`architectures`): pre-norm attention, then a SwiGLU block. x: [N, hidden]. */
export function decoderLayer(x: tf.Tensor, parameters: LayerParameters, context: LayerContext): LayerOutput {
  const { config, wanted, continuations } = context;
  const all = (x: tf.Tensor): tf.Tensor => x;
  const asking = (x: tf.Tensor): tf.Tensor => (wanted && continuations ? ofContinuations(x, continuations) : x);
  const only = (asked: tf.Tensor): tf.Tensor => (wanted ? gatherRows(asked, wanted) : asked);
  const wantedRows = (x: tf.Tensor): tf.Tensor => only(asking(x));
  const { queryHeads, keyValueHeads, headDim, normEpsilon } = config;
  const count = x.shape[0]!;
  const cos = tf.reshape(context.cos, [count, headDim / 2]);
  const sin = tf.reshape(context.sin, [count, headDim / 2]);
  // Attention's 1/√d rides on the queries' rotation: tables are smaller than queries.
  const rotation = (table: tf.Tensor): tf.Tensor => tf.mul(asking(table), 1 / Math.sqrt(headDim));
  const scaled = { cos: rotation(cos), sin: rotation(sin) };
  /** `rows`: how the input's rows were chosen among all tokens'. */
  const map = (rows: (all: tf.Tensor) => tf.Tensor, input: tf.Tensor, ...paths: readonly string[]): tf.Tensor[] =>
    linears(
      input,
      paths.map((path) => ({
        weight: parameters.weight(`${path}.weight`),
        bias: config.biases.includes(path) ? parameters.weight(`${path}.bias`) : undefined,
        lora: loraOfRows(parameters.lora(path), rows),
      })),
    );
  const norm = (name: string, input: tf.Tensor): tf.Tensor =>
    rmsNormalization(input, parameters.weight(`${name}.weight`), normEpsilon);
  const heads = (input: tf.Tensor, number: number): tf.Tensor => tf.reshape(input, [-1, number, headDim]);
  const headNorm = (name: string, input: tf.Tensor): tf.Tensor => (config.queryKeyNorm ? norm(name, input) : input);

  const attentionInput = norm("input_layernorm", x);
  const queryInput = asking(attentionInput);
  const keysAndValues = ["self_attn.k_proj", "self_attn.v_proj"];
  const [q, k, v] = (
    queryInput === attentionInput
      ? map(all, attentionInput, "self_attn.q_proj", ...keysAndValues)
      : [...map(asking, queryInput, "self_attn.q_proj"), ...map(all, attentionInput, ...keysAndValues)]
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const { keys, values, mixed } = attention(
    {
      query: rotaryEmbedding(headNorm("self_attn.q_norm", heads(q, queryHeads)), scaled),
      key: rotaryEmbedding(headNorm("self_attn.k_norm", heads(k, keyValueHeads)), { cos, sin }),
      value: heads(v, keyValueHeads),
    },
    context,
  );
  const [attended] = map(wantedRows, only(mixed), "self_attn.o_proj") as [tf.Tensor];
  const afterAttention = tf.add(wantedRows(x), attended);

  const feedForwardInput = norm("post_attention_layernorm", afterAttention);
  const [gate, up] = map(wantedRows, feedForwardInput, "mlp.gate_proj", "mlp.up_proj") as [tf.Tensor, tf.Tensor];
  const [down] = map(wantedRows, swiglu(gate, up), "mlp.down_proj") as [tf.Tensor];
  return { hidden: tf.add(afterAttention, down), keys, values };
}
