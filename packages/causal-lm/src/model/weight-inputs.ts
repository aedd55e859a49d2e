import type { HostTensor } from "@prefdelta/tfjs-onnx";
import type { StepInputs } from "../runtime/runtime.ts";
import type { CausalLm } from "../causal-lm.ts";
import { EMBEDDING, FINAL_NORM, headName, layerPath, layerWeightShapes, weightShapes } from "./weights.ts";

interface Weights {
  /** What a step declares. */
  readonly inputs: StepInputs;
  /** What it is fed; int8 weights bring their scales. */
  readonly feeds: Readonly<Record<string, HostTensor>>;
}

interface Name {
  /** In the checkpoint. */
  readonly stored: string;
  /** Among the step's inputs. */
  readonly input: string;
}

function pick(lm: CausalLm, names: Iterable<Name>): Weights {
  const shapes = weightShapes(lm.config);
  const inputs: Record<string, StepInputs[string]> = {};
  const feeds: Record<string, HostTensor> = {};
  for (const { stored, input } of names) {
    const shape = shapes.get(stored)!;
    const storage = shape.length < 2 ? "f32" : lm.storage;
    inputs[input] = { shape, storage, constant: true };
    for (const suffix of storage === "int8" ? ["", ".scales"] : [""]) {
      feeds[input + suffix] = lm.weights.get(stored + suffix)!;
    }
  }
  return { inputs, feeds };
}

const same = (name: string): Name => ({ stored: name, input: name });

/** Everything but the embedding table, which is looked up on the host; the head is it, where they are tied. */
export function decoderWeights(lm: CausalLm, options: { readonly head: boolean }): Weights {
  const names = [...weightShapes(lm.config).keys()].filter(
    (name) => name !== EMBEDDING && name !== headName(lm.config),
  );
  return pick(lm, [...names, ...(options.head ? [headName(lm.config)] : [])].map(same));
}

/** One layer's weights under their names inside the layer: the same step serves every layer. */
export function layerWeights(lm: CausalLm, layer: number): Weights {
  const names = Object.keys(layerWeightShapes(lm.config));
  return pick(
    lm,
    names.map((input) => ({ stored: `${layerPath(layer)}.${input}`, input })),
  );
}

export function headWeights(lm: CausalLm): Weights {
  return pick(lm, [FINAL_NORM, headName(lm.config)].map(same));
}
