import type * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "./config.ts";
import { decoderLayer, type LayerOutput } from "./decoder-layer.ts";
import { gatherRows } from "./gather-rows.ts";
import type { LinearLora } from "./linear.ts";
import { rmsNorm } from "./rms-norm.ts";
import { FINAL_NORM, layerPath } from "./weights.ts";

export interface DecoderInput {
  readonly config: ModelConfig;
  /** B: rows of the batch. */
  readonly rows: number;
  /** Embedded tokens: [B·T, hidden]. */
  readonly embedded: tf.Tensor;
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
  readonly mask: tf.Tensor;
  /** Checkpoint tensors by their Hugging Face name. */
  readonly weight: (name: string) => tf.Tensor;
  /** LoRA factors by module path, e.g. "model.layers.0.self_attn.q_proj". */
  readonly lora?: (module: string) => LinearLora | undefined;
  /** Keys and values of earlier tokens, layer by layer. */
  readonly past?: readonly { readonly keys: tf.Tensor; readonly values: tf.Tensor }[];
}

export interface DecoderOutput {
  /** Residual stream after the last layer, before the final norm: [B·T, hidden]. */
  readonly hidden: tf.Tensor;
  readonly cache: readonly Pick<LayerOutput, "keys" | "values">[];
}

/** All layers of the decoder, in one function of tensors. */
export function decoder(input: DecoderInput): DecoderOutput {
  const { config, rows, cos, sin, mask, weight, lora, past } = input;
  let hidden = input.embedded;
  const cache: Pick<LayerOutput, "keys" | "values">[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    const path = layerPath(layer);
    const own = past?.[layer];
    const output = decoderLayer(
      hidden,
      { weight: (name) => weight(`${path}.${name}`), lora: (name) => lora?.(`${path}.${name}`) },
      { config, rows, cos, sin, mask, ...(own ? { past: own } : {}) },
    );
    hidden = output.hidden;
    cache.push({ keys: output.keys, values: output.values });
  }
  return { hidden, cache };
}

/** The final norm, at the positions `positions` [M] of `hidden` [N, hidden] if given, else at all. */
export function finalNorm(
  input: Pick<DecoderInput, "config" | "weight">,
  hidden: tf.Tensor,
  positions?: tf.Tensor,
): tf.Tensor {
  const chosen = positions ? gatherRows(hidden, positions) : hidden;
  return rmsNorm(chosen, input.weight(FINAL_NORM), input.config.normEpsilon);
}
