import type { LoraModule } from "@prefdelta/lora";
import type { ModuleSource } from "./gather-modules.ts";

/** Σ weightᵢ ΔWᵢ as one module of rank Σ rᵢ: the factors side by side, weights and scales in B. Exact up to the rounding of these products. */
export function concatenateFactors(sources: readonly ModuleSource[]): LoraModule {
  const { inFeatures, outFeatures } = sources[0]!.module;
  const rank = sources.reduce((sum, { module }) => sum + module.rank, 0);
  const A = new Float32Array(rank * inFeatures);
  const B = new Float32Array(outFeatures * rank);
  let offset = 0;
  for (const { module, weight } of sources) {
    const factor = weight * module.scale;
    A.set(module.A, offset * inFeatures);
    for (let o = 0; o < outFeatures; o++) {
      for (let j = 0; j < module.rank; j++) B[o * rank + offset + j] = factor * module.B[o * module.rank + j]!;
    }
    offset += module.rank;
  }
  return { A, B, rank, inFeatures, outFeatures, scale: 1 };
}
