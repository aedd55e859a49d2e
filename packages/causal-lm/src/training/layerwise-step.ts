import * as tf from "@tensorflow/tfjs-core";
import type { HostTensor, TensorMap } from "@prefdelta/tfjs-onnx";
import type { CausalLm } from "../causal-lm.ts";
import { embed } from "../embed.ts";
import { factorNames, type LoraFactors, loraFeeds, loraInputs, loraKey, loraOf, type LoraWeights } from "../lora.ts";
import { decoderLayer } from "../model/decoder-layer.ts";
import { gatherRows } from "../model/gather-rows.ts";
import { layerPath } from "../model/weights.ts";
import { headWeights, layerWeights } from "../model/weight-inputs.ts";
import type { Step } from "../runtime/runtime.ts";
import { CONTEXT, contextInputs, extraInputs, headInputs, headLoss, layerContext } from "./head-loss.ts";
import type { Layout } from "./layout.ts";
import type { Loss } from "./loss.ts";
import type { StepInput, StepResult } from "./whole-step.ts";

/** A layer's share of the LoRA, under module paths inside the layer. */
function layerLora({ rank, scale, modules }: LoraWeights, layer: number): LoraWeights {
  const prefix = `${layerPath(layer)}.`;
  const own = new Map<string, LoraFactors>();
  for (const [module, factors] of modules) {
    if (module.startsWith(prefix)) own.set(module.slice(prefix.length), factors);
  }
  return { rank, scale, modules: own };
}

interface LayerSteps {
  readonly forward: Step;
  readonly backward: Step;
}

function applyLayer(
  lm: CausalLm,
  tensors: TensorMap,
  { layout, lora }: { layout: Layout; lora: LoraWeights },
): tf.Tensor {
  const parameters = { weight: (name: string) => tensors[name]!, lora: loraOf(tensors, lora) };
  return decoderLayer(tensors["x"]!, parameters, layerContext(lm.config, layout, tensors)).hidden;
}

/** One graph forward and one backward serve every layer whose LoRA covers the same modules. */
async function layerSteps(lm: CausalLm, layout: Layout, lora: LoraWeights): Promise<LayerSteps> {
  const stream = { shape: [layout.tokens, lm.config.hiddenSize] };
  const inputs = { x: stream, ...contextInputs(layout), ...layerWeights(lm, 0).inputs, ...loraInputs(lora) };
  const factors = [...lora.modules.keys()].flatMap((module) => Object.values(factorNames(module)));
  const key = `${layout.tokenKey} ${loraKey(lora)}`;
  const forward = await lm.steps.get(`layer forward ${key}`, () =>
    lm.runtime.compile((tensors) => ({ y: applyLayer(lm, tensors, { layout, lora }) }), inputs),
  );
  // Recomputes the layer's activations from its input instead of keeping them.
  const backward = await lm.steps.get(`layer backward ${key}`, () =>
    lm.runtime.compile(
      (tensors) => {
        const names = ["x", ...factors];
        const layer = (...values: tf.Tensor[]): tf.Tensor =>
          applyLayer(
            lm,
            { ...tensors, ...Object.fromEntries(names.map((name, i) => [name, values[i]!])) },
            { layout, lora },
          );
        const grads = tf.grads(layer)(
          names.map((name) => tensors[name]!),
          tensors["dy"],
        );
        return Object.fromEntries(names.map((name, i) => [`d.${name}`, grads[i]!]));
      },
      { ...inputs, dy: stream },
    ),
  );
  return { forward, backward };
}

async function headStep(lm: CausalLm, loss: Loss, layout: Layout): Promise<Step> {
  const { config } = lm;
  const inputs = {
    x: { shape: [layout.tokens, config.hiddenSize] },
    ...headInputs(layout),
    ...extraInputs(loss, layout.sequences),
    ...headWeights(lm).inputs,
  };
  return lm.steps.get(`head ${loss.key} ${layout.key}`, () =>
    lm.runtime.compile((tensors) => {
      let outputs: TensorMap = {};
      const { grad } = tf.valueAndGrad((x: tf.Tensor) => {
        const head = headLoss(gatherRows(x, tensors["positions"]!), tensors, { config, loss });
        outputs = head.outputs;
        return head.loss;
      })(tensors["x"]!);
      return { ...outputs, dx: grad };
    }, inputs),
  );
}

/** Layer after layer forward, then backward: memory hardly grows with depth, and one layer more is computed per layer. */
export async function runLayerwise(lm: CausalLm, loss: Loss, { layout, lora, extras }: StepInput): Promise<StepResult> {
  const context = Object.fromEntries(CONTEXT.map((name) => [name, layout.feeds[name]]));
  const layers = Array.from({ length: lm.config.layers }, (_, layer) => {
    const own = layerLora(lora, layer);
    return { own, feeds: { ...layerWeights(lm, layer).feeds, ...loraFeeds(own), ...context } };
  });

  const streams: HostTensor[] = [embed(lm, layout.ids)]; // input of each layer
  for (const { own, feeds } of layers) {
    const { forward } = await layerSteps(lm, layout, own);
    streams.push((await forward.run({ ...feeds, x: streams.at(-1)! }))["y"]!);
  }

  const head = await headStep(lm, loss, layout);
  const outputs = await head.run({ ...headWeights(lm).feeds, ...layout.feeds, ...extras, x: streams.pop()! });

  const gradients = new Map<string, { A: Float32Array; B: Float32Array }>();
  let dy = outputs["dx"]!;
  for (let layer = lm.config.layers - 1; layer >= 0; layer--) {
    const { own, feeds } = layers[layer]!;
    const { backward } = await layerSteps(lm, layout, own);
    const results = await backward.run({ ...feeds, x: streams.pop()!, dy });
    dy = results["d.x"]!;
    for (const module of own.modules.keys()) {
      const names = factorNames(module);
      gradients.set(`${layerPath(layer)}.${module}`, {
        A: results[`d.${names.A}`]!.data as Float32Array,
        B: results[`d.${names.B}`]!.data as Float32Array,
      });
    }
  }
  return { outputs, gradients };
}
