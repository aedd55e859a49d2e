import { float32, type HostTensor, type TensorMap } from "@prefdelta/tfjs-onnx";
import type { LoraFactors, LoraWeights } from "./lora.ts";
import type { LinearLora } from "./model/linear.ts";
import type { StepInputs } from "./runtime/runtime.ts";

/** Gradients of a module's trained arrays, each of the array's shape. */
export interface FactorGradients {
  readonly A: Float32Array;
  readonly B: Float32Array;
  readonly magnitude?: Float32Array | undefined;
}

interface Names {
  readonly A: string;
  readonly B: string;
  readonly magnitude?: string | undefined;
}

const namesOf = (module: string, { magnitude }: LoraFactors): Names => ({
  A: `${module}.lora_A`,
  B: `${module}.lora_B`,
  ...(magnitude ? { magnitude: `${module}.lora_magnitude` } : {}),
});

/** Names of all that is trained, among a step's inputs. */
export const trainedNames = ({ modules }: LoraWeights): string[] =>
  [...modules].flatMap(([module, factors]) => Object.values(namesOf(module, factors)) as string[]);

/** The gradients of a module from a step's outputs, which are named by `prefix` and the input's name. */
export function readGradients(
  outputs: Readonly<Record<string, HostTensor>>,
  [module, factors]: readonly [string, LoraFactors],
  prefix: string,
): FactorGradients {
  const names = namesOf(module, factors);
  const read = (name: string): Float32Array => outputs[prefix + name]!.data as Float32Array;
  const { magnitude } = names;
  return { A: read(names.A), B: read(names.B), ...(magnitude ? { magnitude: read(magnitude) } : {}) };
}

/** Name of a DoRA module's row norms. */
const normsName = (module: string): string => `${module}.lora_norms`;

/** Name of what dropout leaves of a module's input. */
const seenName = (module: string): string => `${module}.lora_seen`;

interface Sizes {
  readonly inFeatures: number;
  readonly outFeatures: number;
}

const sizesOf = ({ A, B }: LoraFactors, { rank }: LoraWeights): Sizes => ({
  inFeatures: A.length / rank,
  outFeatures: B.length / rank,
});

export function loraInputs(lora: LoraWeights): StepInputs {
  const { rank, modules, dropout } = lora;
  const inputs: Record<string, StepInputs[string]> = {};
  for (const [module, factors] of modules) {
    const names = namesOf(module, factors);
    const { inFeatures, outFeatures } = sizesOf(factors, lora);
    inputs[names.A] = { shape: [rank, inFeatures] };
    inputs[names.B] = { shape: [outFeatures, rank] };
    if (names.magnitude) {
      inputs[names.magnitude] = { shape: [outFeatures] };
      inputs[normsName(module)] = { shape: [outFeatures] };
    }
    if (dropout) inputs[seenName(module)] = { shape: [dropout.tokens, inFeatures], dtype: "bool" };
  }
  return inputs;
}

export function loraFeeds(lora: LoraWeights): Record<string, HostTensor> {
  const { rank, modules, dropout } = lora;
  const feeds: Record<string, HostTensor> = {};
  for (const [module, factors] of modules) {
    const names = namesOf(module, factors);
    const { inFeatures, outFeatures } = sizesOf(factors, lora);
    feeds[names.A] = float32([rank, inFeatures], factors.A);
    feeds[names.B] = float32([outFeatures, rank], factors.B);
    if (names.magnitude) {
      feeds[names.magnitude] = float32([outFeatures], factors.magnitude!);
      feeds[normsName(module)] = float32([outFeatures], factors.norms!);
    }
    if (dropout) feeds[seenName(module)] = dropout.seen(module, inFeatures);
  }
  return feeds;
}

/** How the decoder finds a module's factors among the tensors of a step. */
export const loraOf =
  (tensors: TensorMap, lora: LoraWeights | undefined) =>
  (module: string): LinearLora | undefined => {
    const factors = lora?.modules.get(module);
    if (!lora || !factors) return undefined;
    const names = namesOf(module, factors);
    const { dropout } = lora;
    return {
      A: tensors[names.A]!,
      B: tensors[names.B]!,
      scale: factors.scale ?? lora.scale,
      ...(names.magnitude
        ? { gain: { magnitude: tensors[names.magnitude]!, norms: tensors[normsName(module)]! } }
        : {}),
      ...(dropout ? { dropout: { seen: tensors[seenName(module)]!, factor: 1 / (1 - dropout.probability) } } : {}),
    };
  };

/** Two LoRAs with this in common run on the same compiled step. */
export function loraKey(lora: LoraWeights | undefined): string {
  if (lora === undefined) return "none";
  const modules = [...lora.modules].map(
    ([name, { scale, magnitude }]) => `${name}${scale === undefined ? "" : `*${scale}`}${magnitude ? " dora" : ""}`,
  );
  const dropout = lora.dropout ? ` p${lora.dropout.probability}` : "";
  return `r${lora.rank} s${lora.scale}${dropout} ${modules.join()}`;
}
