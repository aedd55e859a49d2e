import { float32, type HostTensor, type TensorMap } from "@prefdelta/tfjs-onnx";
import type { LoraFactors, LoraWeights } from "./lora.ts";
import type { LinearLora } from "./model/linear.ts";
import type { StepInputs } from "./runtime/runtime.ts";

/** Names of a module's factors among a step's inputs. */
export const factorNames = (module: string): { readonly A: string; readonly B: string } => ({
  A: `${module}.lora_A`,
  B: `${module}.lora_B`,
});

/** Name of what dropout lets a module's A see. */
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
    const names = factorNames(module);
    const { inFeatures, outFeatures } = sizesOf(factors, lora);
    inputs[names.A] = { shape: [rank, inFeatures] };
    inputs[names.B] = { shape: [outFeatures, rank] };
    if (dropout) inputs[seenName(module)] = { shape: [dropout.tokens, inFeatures], dtype: "bool" };
  }
  return inputs;
}

export function loraFeeds(lora: LoraWeights): Record<string, HostTensor> {
  const { rank, modules, dropout } = lora;
  const feeds: Record<string, HostTensor> = {};
  for (const [module, factors] of modules) {
    const names = factorNames(module);
    const { inFeatures, outFeatures } = sizesOf(factors, lora);
    feeds[names.A] = float32([rank, inFeatures], factors.A);
    feeds[names.B] = float32([outFeatures, rank], factors.B);
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
    const names = factorNames(module);
    const found = { A: tensors[names.A]!, B: tensors[names.B]!, scale: factors.scale ?? lora.scale };
    if (!lora.dropout) return found;
    // What is left of x is scaled up: by the scale that there is, not by a product of its own.
    return { ...found, scale: found.scale / (1 - lora.dropout.probability), seen: tensors[seenName(module)] };
  };

/** Two LoRAs with this in common run on the same compiled step. */
export function loraKey(lora: LoraWeights | undefined): string {
  if (lora === undefined) return "none";
  const modules = [...lora.modules].map(([name, { scale }]) => (scale === undefined ? name : `${name}*${scale}`));
  const dropout = lora.dropout ? ` p${lora.dropout.probability}` : "";
  return `r${lora.rank} s${lora.scale}${dropout} ${modules.join()}`;
}
