import type * as tf from "@tensorflow/tfjs-core";
import type { HostTensor, TensorMap } from "@prefdelta/tfjs-onnx";
import type { CausalLm } from "../causal-lm.ts";
import { embed } from "../embed.ts";
import { layerLora } from "../layer-lora.ts";
import type { LoraWeights } from "../lora.ts";
import { loraFeeds, loraInputs, loraKey, loraOf } from "../lora-inputs.ts";
import { decoderLayer } from "../model/decoder-layer.ts";
import { type Feeds, layerFeeds, layerInputs } from "../model/weight-inputs.ts";
import type { StepInputs } from "../runtime/runtime.ts";
import { CONTEXT, contextInputs, layerContext } from "./head-loss.ts";
import type { Layout } from "./layout.ts";
import { layerwiseStepBytes } from "./step-memory.ts";

export interface LayerBatch {
  readonly layout: Layout;
  readonly lora?: LoraWeights | undefined;
}

/** A layer that is about to run. */
export interface Layer {
  readonly index: number;
  /** Its share of the LoRA. */
  readonly lora: LoraWeights | undefined;
  /** Everything that it is fed but its input stream. */
  readonly feeds: Feeds;
}

interface Visit {
  readonly lora?: LoraWeights | undefined;
  /** What every layer is fed besides. */
  readonly context: Feeds;
}

/** What layers are fed of a layout. */
export const contextFeeds = ({ feeds }: Layout): Feeds =>
  Object.fromEntries(CONTEXT.map((name) => [name, feeds[name]]));

export const layersUpward = ({ config }: CausalLm): number[] => [...Array(config.layers).keys()];

/**
 * The layers in the order given. Where weights are on the disk, the next layer's are read while this one runs, over those of the one before: two
 * layers' memory in all. So a layer's feeds are its own until the next is asked for.
 */
export async function* visitLayers(
  lm: CausalLm,
  order: readonly number[],
  { lora, context }: Visit,
): AsyncGenerator<Layer> {
  let ahead: Promise<Feeds> | undefined;
  let before: Feeds = {};
  for (const [i, index] of order.entries()) {
    const weights = await (ahead ?? layerFeeds(lm, index));
    const next = order[i + 1];
    ahead = next === undefined ? undefined : layerFeeds(lm, next, before);
    before = weights;
    // It is awaited one turn later, or never, if this layer fails.
    ahead?.catch(() => undefined);
    const own = lora && layerLora(lora, index);
    yield { index, lora: own, feeds: { ...weights, ...(own ? loraFeeds(own) : {}), ...context } };
  }
}

/** x: [N, hidden] → [N, hidden], from a step's tensors. */
export function applyLayer(lm: CausalLm, tensors: TensorMap, { layout, lora }: LayerBatch): tf.Tensor {
  const parameters = { weight: (name: string) => tensors[name]!, lora: loraOf(tensors, lora) };
  return decoderLayer(tensors["x"]!, parameters, layerContext(lm.config, layout, tensors)).hidden;
}

/** What every step over one layer declares. */
export const layerStepInputs = (lm: CausalLm, { layout, lora }: LayerBatch): StepInputs => ({
  x: { shape: [layout.tokens, lm.config.hiddenSize] },
  ...contextInputs(layout),
  ...layerInputs(lm),
  ...(lora ? loraInputs(lora) : {}),
});

/**
 * Before and after the head of a model that memory does not hold, where steps keep the memory that they once needed. Compiling again takes a
 * second of a step's minute.
 */
export const makeRoom = async (lm: CausalLm): Promise<void> => {
  if (lm.disk && lm.runtime.keepsMemory) await lm.steps.clear();
};

/** Layers with this in common run on the same compiled step. */
export const layerKey = ({ layout, lora }: LayerBatch): string => `${layout.tokenKey} ${loraKey(lora)}`;

/** The residual stream as it enters each layer, and as it leaves the last: [N, hidden] each, layers + 1 of them. */
export async function* residualStreams(lm: CausalLm, { layout, lora }: LayerBatch): AsyncGenerator<HostTensor> {
  let stream = embed(lm, layout.ids);
  yield stream;
  for await (const layer of visitLayers(lm, layersUpward(lm), { lora, context: contextFeeds(layout) })) {
    const own = { layout, lora: layer.lora };
    const step = await lm.steps.get(
      `layer forward ${layerKey(own)}`,
      () => lm.runtime.compile((tensors) => ({ y: applyLayer(lm, tensors, own) }), layerStepInputs(lm, own)),
      layerwiseStepBytes(lm, { ...own, differentiates: false }),
    );
    const { y } = await step.run({ ...layer.feeds, x: stream });
    stream = y!;
    yield stream;
  }
}
