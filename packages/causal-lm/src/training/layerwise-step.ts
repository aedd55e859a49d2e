import * as tf from "@tensorflow/tfjs-core";
import type { HostTensor, TensorMap } from "@prefdelta/tfjs-onnx";
import type { CausalLm } from "../causal-lm.ts";
import { type FactorGradients, readGradients, trainedNames } from "../lora-inputs.ts";
import { headWeightFeeds, headWeightInputs } from "../model/weight-inputs.ts";
import { layerPath } from "../model/weights.ts";
import type { Step } from "../runtime/runtime.ts";
import { atCountedRows, extraInputs, headInputs, headLoss } from "./head-loss.ts";
import {
  applyLayer,
  contextFeeds,
  type LayerBatch,
  layerKey,
  layersUpward,
  layerStepInputs,
  makeRoom,
  residualStreams,
  visitLayers,
} from "./layer-forward.ts";
import type { Layout } from "./layout.ts";
import type { Loss } from "./loss.ts";
import { headStepBytes, layerwiseStepBytes } from "./step-memory.ts";
import type { StepInput, StepResult } from "./whole-step.ts";

/** The gradients of one layer, which recomputes its activations from its input instead of keeping them. One graph serves every layer whose LoRA covers the same modules. */
async function backwardStep(lm: CausalLm, batch: LayerBatch): Promise<Step> {
  const inputs = layerStepInputs(lm, batch);
  const names = ["x", ...(batch.lora ? trainedNames(batch.lora) : [])];
  const compile = (): Promise<Step> =>
    lm.runtime.compile(
      (tensors) => {
        const layer = (...values: tf.Tensor[]): tf.Tensor =>
          applyLayer(lm, { ...tensors, ...Object.fromEntries(names.map((name, i) => [name, values[i]!])) }, batch);
        const grads = tf.grads(layer)(
          names.map((name) => tensors[name]!),
          tensors["dy"],
        );
        return Object.fromEntries(names.map((name, i) => [`d.${name}`, grads[i]!]));
      },
      { ...inputs, dy: inputs["x"]! },
    );
  return lm.steps.get(
    `layer backward ${layerKey(batch)}`,
    compile,
    layerwiseStepBytes(lm, { ...batch, differentiates: true }),
  );
}

async function headStep(lm: CausalLm, loss: Loss, layout: Layout): Promise<Step> {
  const { config } = lm;
  const inputs = {
    x: { shape: [layout.tokens, config.hiddenSize] },
    ...headInputs(layout),
    ...extraInputs(loss, layout.sequences),
    ...headWeightInputs(lm),
  };
  const compile = (): Promise<Step> =>
    lm.runtime.compile((tensors) => {
      let outputs: TensorMap = {};
      const { grad } = tf.valueAndGrad((x: tf.Tensor) => {
        const head = headLoss(atCountedRows(x, layout, tensors), tensors, { config, loss });
        outputs = head.outputs;
        return head.loss;
      })(tensors["x"]!);
      return { ...outputs, dx: grad };
    }, inputs);
  return lm.steps.get(`head ${loss.key} ${layout.key}`, compile, headStepBytes(lm, layout));
}

/** Layer after layer forward, then backward: memory hardly grows with depth, and one layer more is computed per layer. */
export async function runLayerwise(lm: CausalLm, loss: Loss, { layout, lora, extras }: StepInput): Promise<StepResult> {
  const streams: HostTensor[] = []; // input of each layer
  for await (const stream of residualStreams(lm, { layout, lora })) streams.push(stream);

  await makeRoom(lm);
  const head = await headStep(lm, loss, layout);
  const outputs = await head.run({
    ...(await headWeightFeeds(lm)),
    ...layout.feeds,
    ...extras,
    x: streams.pop()!,
  });

  await makeRoom(lm);

  const gradients = new Map<string, FactorGradients>();
  let dy = outputs["dx"]!;
  const backwards = layersUpward(lm).toReversed();
  for await (const layer of visitLayers(lm, backwards, { lora, context: contextFeeds(layout) })) {
    const backward = await backwardStep(lm, { layout, lora: layer.lora });
    const results = await backward.run({ ...layer.feeds, x: streams.pop()!, dy });
    dy = results["d.x"]!;
    for (const entry of layer.lora!.modules) {
      gradients.set(`${layerPath(layer.index)}.${entry[0]}`, readGradients(results, entry, "d."));
    }
  }
  return { outputs, gradients };
}
