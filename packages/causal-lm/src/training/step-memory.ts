import type { LoraWeights } from "../lora.ts";
import type { ModelConfig } from "../model/config.ts";
import { headBlocks } from "../model/head-blocks.ts";
import { layerWeightShapes, linearShapes } from "../model/weights.ts";
import { weightBytes } from "../storage.ts";
import type { Storage } from "@prefdelta/tfjs-onnx";
import type { Layout } from "./layout.ts";

/** Bytes of activations that a whole-graph step keeps for its backward pass, roughly. */
export function activationBytes(
  config: ModelConfig,
  { tokens, prompts, continuations }: Pick<Layout, "tokens" | "prompts" | "continuations">,
): number {
  const { hiddenSize, intermediateSize, queryHeads, keyValueHeads, headDim, layers } = config;
  const perToken = 8 * hiddenSize + 5 * intermediateSize + 4 * (queryHeads + 2 * keyValueHeads) * headDim;
  const scores =
    prompts.rows * prompts.tokens ** 2 +
    continuations.rows * continuations.tokens * (prompts.tokens + continuations.tokens);
  return 4 * layers * (tokens * perToken + 2 * queryHeads * scores);
}

/**
 * What a LoRA adds to them beyond its factors: with dropout, each map's own mask, once as it is fed and once as float32, and its own input; of
 * DoRA, at most each map's output.
 */
function loraBytes(config: ModelConfig, { tokens }: Pick<Layout, "tokens">, lora: LoraWeights | undefined): number {
  if (!lora) return 0;
  const { modules, dropout } = lora;
  const shapes = Object.values(linearShapes(config));
  const total = (side: 0 | 1): number => config.layers * tokens * shapes.reduce((sum, shape) => sum + shape[side], 0);
  const isDora = [...modules.values()].some(({ magnitude }) => magnitude !== undefined);
  return (dropout ? 9 * total(1) : 0) + (isDora ? 4 * total(0) : 0);
}

/** What a step over the whole model keeps of the memory that it once needed, roughly. */
export const wholeStepBytes = (config: ModelConfig, layout: Layout, lora: LoraWeights | undefined): number =>
  activationBytes(config, layout) + loraBytes(config, layout, lora);

/** ONNX Runtime's arena grows by doubling: a step whose tensors come and go keeps about twice what it needs at once (measured on SmolLM2-135M). */
const ARENA = 2;

/** What a head on its own keeps: a block's logits, and what is made of them. */
export const headStepBytes = (config: ModelConfig, { positions }: Pick<Layout, "positions">): number =>
  16 * positions * headBlocks(config)[0]!.rows;

/** What a step over the whole model keeps that has no backward pass, roughly: one layer's share, within which the head has room. */
export const layerStepBytes = (config: ModelConfig, layout: Layout): number =>
  Math.ceil((ARENA * activationBytes(config, layout)) / config.layers);

/** A layer's weights in float32. */
export const layerWeightBytes = (config: ModelConfig): number =>
  4 * Object.values(layerWeightShapes(config)).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b), 0);

/** What a step over one layer keeps, forward or backward, roughly: the layer's share, and its weights where they are widened first. */
export const layerwiseStepBytes = (
  { config, storage }: Pick<Memory, "config" | "storage">,
  { layout, lora }: { readonly layout: Layout; readonly lora?: LoraWeights | undefined },
): number =>
  Math.ceil((ARENA * wholeStepBytes(config, layout, lora)) / config.layers) +
  (storage === "f32" ? 0 : layerWeightBytes(config));

interface Memory {
  readonly config: ModelConfig;
  readonly storage: Storage;
  readonly memoryBytes?: number | undefined;
}

/** What a model's weights leave of its memory for activations, those of all compiled steps together; 4 GiB where nothing was said. */
export const activationBudget = ({ config, storage, memoryBytes }: Memory): number =>
  memoryBytes === undefined ? 4 * 2 ** 30 : memoryBytes - weightBytes(config, storage);
