import type { LoraModule } from "./adapter.ts";

/**
 * ΔW = scale · B · A in float64, row-major out × in. It allocates the whole matrix: for small layers and for checks;
 * everything else works on the factors (see thinSvd).
 */
export function deltaWeight({ A, B, rank, inFeatures, outFeatures, scale }: LoraModule): Float64Array<ArrayBuffer> {
  const delta = new Float64Array(outFeatures * inFeatures);
  for (let o = 0; o < outFeatures; o++) {
    for (let k = 0; k < rank; k++) {
      const b = scale * B[o * rank + k]!;
      for (let i = 0; i < inFeatures; i++) delta[o * inFeatures + i]! += b * A[k * inFeatures + i]!;
    }
  }
  return delta;
}
