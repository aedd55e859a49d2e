import type { ModelConfig } from "./config.ts";

export type Shape = readonly number[];

/** The seven linear maps of a decoder layer, by their path inside it: [out, in] as stored. */
export function linearShapes(config: ModelConfig): Readonly<Record<string, readonly [number, number]>> {
  const { hiddenSize, intermediateSize, headDim } = config;
  const query = config.queryHeads * headDim;
  const keyValue = config.keyValueHeads * headDim;
  return {
    "self_attn.q_proj": [query, hiddenSize],
    "self_attn.k_proj": [keyValue, hiddenSize],
    "self_attn.v_proj": [keyValue, hiddenSize],
    "self_attn.o_proj": [hiddenSize, query],
    "mlp.gate_proj": [intermediateSize, hiddenSize],
    "mlp.up_proj": [intermediateSize, hiddenSize],
    "mlp.down_proj": [hiddenSize, intermediateSize],
  };
}

/** The gains of a layer's RMS norms: [size]. */
function normShapes({ hiddenSize, headDim, queryKeyNorm }: ModelConfig): Readonly<Record<string, readonly [number]>> {
  return {
    input_layernorm: [hiddenSize],
    post_attention_layernorm: [hiddenSize],
    ...(queryKeyNorm ? { "self_attn.q_norm": [headDim], "self_attn.k_norm": [headDim] } : {}),
  };
}

export const layerPath = (layer: number): string => `model.layers.${layer}`;

/** A layer's weights by their name inside the layer, e.g. "self_attn.q_proj.weight". */
export function layerWeightShapes(config: ModelConfig): Record<string, Shape> {
  const linears = linearShapes(config);
  const shapes: Record<string, Shape> = {};
  for (const [path, shape] of Object.entries({ ...normShapes(config), ...linears })) shapes[`${path}.weight`] = shape;
  for (const path of config.biases) shapes[`${path}.bias`] = [linears[path]![0]];
  return shapes;
}

export const EMBEDDING = "model.embed_tokens.weight";
export const FINAL_NORM = "model.norm.weight";
const HEAD = "lm_head.weight";

/** The name of the matrix that turns hidden states into logits: [vocab, hidden]. */
export const headName = (config: ModelConfig): string => (config.tiedHead ? EMBEDDING : HEAD);

/** Every tensor of a checkpoint, by its Hugging Face name. */
export function weightShapes(config: ModelConfig): Map<string, Shape> {
  const shapes = new Map<string, Shape>([[EMBEDDING, [config.vocabSize, config.hiddenSize]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [name, shape] of Object.entries(layerWeightShapes(config))) {
      shapes.set(`${layerPath(layer)}.${name}`, shape);
    }
  }
  shapes.set(FINAL_NORM, [config.hiddenSize]);
  if (!config.tiedHead) shapes.set(HEAD, [config.vocabSize, config.hiddenSize]);
  return shapes;
}
