import { rmsNormalization } from "@prefdelta/tfjs-onnx";
import type * as tf from "@tensorflow/tfjs-core";
import type { KeysAndValues } from "./attention.ts";
import type { ModelConfig } from "./config.ts";
import { decoderLayer, type LayerContext } from "./decoder-layer.ts";
import type { LinearLora } from "./linear.ts";
import { FINAL_NORM, layerPath } from "./weights.ts";

export interface DecoderInput extends Omit<LayerContext, "past"> {
  /** Embedded tokens: [N, hidden]. */
  readonly embedded: tf.Tensor;
  /** Checkpoint tensors by their Hugging Face name. */
  readonly weight: (name: string) => tf.Tensor;
  /** LoRA factors by module path, e.g. "model.layers.0.self_attn.q_proj". */
  readonly lora?: (module: string) => LinearLora | undefined;
  /** Keys and values of earlier tokens, layer by layer. */
  readonly past?: readonly KeysAndValues[];
}

export interface DecoderOutput {
  /** Residual stream after the last layer, before the final norm: [N, hidden], or [M, hidden] at the wanted tokens. */
  readonly hidden: tf.Tensor;
  /** The first group's keys and values, layer by layer. */
  readonly cache: readonly KeysAndValues[];
}

/** All layers of the decoder, in one function of tensors. */
export function decoder({ embedded, weight, lora, past, wanted, ...context }: DecoderInput): DecoderOutput {
  let hidden = embedded;
  const cache: KeysAndValues[] = [];
  for (let layer = 0; layer < context.config.layers; layer++) {
    const path = layerPath(layer);
    const output = decoderLayer(
      hidden,
      { weight: (name) => weight(`${path}.${name}`), lora: (name) => lora?.(`${path}.${name}`) },
      // Layers below the last are asked for every token: the next one needs them as keys and values.
      { ...context, past: past?.[layer], wanted: layer === context.config.layers - 1 ? wanted : undefined },
    );
    hidden = output.hidden;
    cache.push({ keys: output.keys, values: output.values });
  }
  return { hidden, cache };
}

/** The norm before the head. */
export const finalNorm = (
  { config, weight }: { readonly config: ModelConfig; readonly weight: (name: string) => tf.Tensor },
  hidden: tf.Tensor,
): tf.Tensor => rmsNormalization(hidden, weight(FINAL_NORM), config.normEpsilon);
