import * as tf from "@tensorflow/tfjs-core";
import { type HostTensor, recomputingGradients } from "@prefdelta/tfjs-onnx";
import type { CausalLm } from "../causal-lm.ts";
import { embed } from "../embed.ts";
import type { LoraWeights } from "../lora.ts";
import {
  type FactorGradients,
  loraFeeds,
  loraInputs,
  loraKey,
  loraOf,
  readGradients,
  trainedNames,
} from "../lora-inputs.ts";
import { decoder } from "../model/decoder.ts";
import { decoderFeeds, decoderInputs } from "../model/weight-inputs.ts";
import type { Step } from "../runtime/runtime.ts";
import { contextInputs, countedRows, extraInputs, headInputs, headLoss, layerContext } from "./head-loss.ts";
import type { Layout } from "./layout.ts";
import type { Loss } from "./loss.ts";
import { type Held, wholeStepBytes } from "./step-memory.ts";

const GRADIENT = "gradient.";

export interface StepInput {
  readonly layout: Layout;
  readonly lora: LoraWeights;
  /** By `extraName`. */
  readonly extras: Readonly<Record<string, HostTensor>>;
}

export interface StepResult {
  /** The loss' outputs and the statistics, as `headLoss` names them. */
  readonly outputs: Readonly<Record<string, HostTensor>>;
  readonly gradients: ReadonlyMap<string, FactorGradients>;
}

const differentiate = { all: tf.valueAndGrads<tf.Scalar>, dear: recomputingGradients } satisfies Record<Held, unknown>;

interface Form {
  readonly loss: Loss;
  readonly held: Held;
}

async function compileStep(lm: CausalLm, { loss, held }: Form, { layout, lora }: StepInput): Promise<Step> {
  const { config } = lm;
  const factors = trainedNames(lora);
  const inputs = {
    embedded: { shape: [layout.tokens, config.hiddenSize] },
    ...contextInputs(layout),
    ...headInputs(layout),
    ...extraInputs(loss, layout.sequences),
    ...decoderInputs(lm),
    ...loraInputs(lora),
  };
  return lm.runtime.compile((tensors) => {
    let outputs = {};
    const objective = (...values: tf.Tensor[]): tf.Scalar => {
      const own = { ...tensors, ...Object.fromEntries(factors.map((name, i) => [name, values[i]!])) };
      const { hidden } = decoder({
        ...layerContext(config, layout, own),
        embedded: own["embedded"]!,
        wanted: countedRows(own),
        weight: (name) => own[name]!,
        lora: loraOf(own, lora),
      });
      const head = headLoss(hidden, own, { config, loss });
      outputs = head.outputs;
      return head.loss;
    };
    const { grads } = differentiate[held](objective)(factors.map((name) => tensors[name]!));
    return { ...outputs, ...Object.fromEntries(factors.map((name, i) => [GRADIENT + name, grads[i]!])) };
  }, inputs);
}

/** Forward and backward in one graph: fastest, and holds every layer's activations, or those from which the others are quickly made. */
export async function runWhole(lm: CausalLm, form: Form, input: StepInput): Promise<StepResult> {
  const { layout, lora, extras } = input;
  const key = `whole ${form.held} ${form.loss.key} ${layout.key} ${loraKey(lora)}`;
  const bytes = wholeStepBytes(lm, layout, { lora, held: form.held });
  const step = await lm.steps.get(key, () => compileStep(lm, form, input), bytes);
  const results = await step.run({
    ...decoderFeeds(lm),
    ...loraFeeds(lora),
    ...layout.feeds,
    ...extras,
    embedded: embed(lm, layout.ids),
  });
  const gradients = [...lora.modules].map((entry) => [entry[0], readGradients(results, entry, GRADIENT)] as const);
  return { outputs: results, gradients: new Map(gradients) };
}
