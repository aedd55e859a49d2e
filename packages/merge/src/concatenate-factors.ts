import type { LoraModule } from "@prefdelta/lora";
import type { ModuleSource } from "./gather-modules.ts";

/**
 * The factors of modules of one layer side by side, as they are: A, Σ rᵢ × in, and B, out × Σ rᵢ. Where the modules' A follow one another in
 * memory already, that memory is A.
 */
export function sideBySide(modules: readonly LoraModule[]): Omit<LoraModule, "scale"> {
  const { inFeatures, outFeatures } = modules[0]!;
  const rank = modules.reduce((sum, module) => sum + module.rank, 0);
  const A = oneBelowTheOther(modules.map((module) => module.A));
  const B = new Float32Array(outFeatures * rank);
  let offset = 0;
  for (const module of modules) {
    // Rows are short: making a view of each takes longer than copying its numbers.
    for (let o = 0, from = 0; o < outFeatures; o++) {
      const to = o * rank + offset;
      for (let j = 0; j < module.rank; j++) B[to + j] = module.B[from++]!;
    }
    offset += module.rank;
  }
  return { A, B, rank, inFeatures, outFeatures };
}

function oneBelowTheOther(parts: readonly Float32Array[]): Float32Array {
  const { buffer, byteOffset } = parts[0]!;
  const ends = runningSums(parts.map(({ length }) => length));
  const total = ends.at(-1)!;
  const isOne = parts.every(
    (part, i) => part.buffer === buffer && part.byteOffset === byteOffset + 4 * (ends[i]! - part.length),
  );
  if (isOne) return new Float32Array(buffer, byteOffset, total);
  const joined = new Float32Array(total);
  for (const [i, part] of parts.entries()) joined.set(part, ends[i]! - part.length);
  return joined;
}

function runningSums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
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
