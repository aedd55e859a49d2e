import type { LoraModule } from "@prefdelta/lora";
import type { ModuleSource } from "./gather-modules.ts";

/** The factors of modules of one layer side by side, as they are: A, Σ rᵢ × in, and B, out × Σ rᵢ. */
export function sideBySide(modules: readonly LoraModule[]): Omit<LoraModule, "scale"> {
  const { inFeatures, outFeatures } = modules[0]!;
  const rank = modules.reduce((sum, module) => sum + module.rank, 0);
  const A = new Float32Array(rank * inFeatures);
  const B = new Float32Array(outFeatures * rank);
  let offset = 0;
  for (const module of modules) {
    A.set(module.A, offset * inFeatures);
    for (let o = 0; o < outFeatures; o++) {
      B.set(module.B.subarray(o * module.rank, (o + 1) * module.rank), o * rank + offset);
    }
    offset += module.rank;
  }
  return { A, B, rank, inFeatures, outFeatures };
}

/** Σ weightᵢ ΔWᵢ as one module of rank Σ rᵢ: the factors side by side, weights and scales in B. Exact up to the rounding of these products. */
export function concatenateFactors(
  sources: readonly ModuleSource[],
  joined = sideBySide(sources.map(({ module }) => module)),
): LoraModule {
  const factors = sources.flatMap(({ module, weight }) => Array<number>(module.rank).fill(weight * module.scale));
  if (factors.every((factor) => factor === 1)) return { ...joined, scale: 1 };
  const { rank } = joined;
  const B = joined.B.slice();
  for (let row = 0; row < B.length; row += rank) for (let j = 0; j < rank; j++) B[row + j]! *= factors[j]!;
  return { ...joined, B, scale: 1 };
}
