import type { LoraFactors, LoraWeights } from "./lora.ts";
import { layerPath } from "./model/weights.ts";
import type { LoraDropout } from "./training/dropout.ts";

/** A layer's share of the LoRA, under module paths inside the layer. */
export function layerLora({ modules, dropout, ...lora }: LoraWeights, layer: number): LoraWeights {
  const prefix = `${layerPath(layer)}.`;
  const own = new Map<string, LoraFactors>();
  for (const [module, factors] of modules) {
    if (module.startsWith(prefix)) own.set(module.slice(prefix.length), factors);
  }
  if (!dropout) return { ...lora, modules: own };
  const seen: LoraDropout["seen"] = (module, inFeatures) => dropout.seen(prefix + module, inFeatures);
  return { ...lora, modules: own, dropout: { ...dropout, seen } };
}
