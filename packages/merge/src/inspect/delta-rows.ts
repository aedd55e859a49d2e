import type { LoraModule } from "@prefdelta/lora";

/** The given rows of ΔW, one after the other; the rest is not formed. */
export function deltaRows({ A, B, rank, inFeatures, scale }: LoraModule, rows: readonly number[]): Float64Array {
  const values = new Float64Array(rows.length * inFeatures);
  for (const [place, row] of rows.entries()) {
    const target = values.subarray(place * inFeatures, (place + 1) * inFeatures);
    for (let j = 0; j < rank; j++) {
      const b = scale * B[row * rank + j]!;
      for (let i = 0; i < inFeatures; i++) target[i]! += b * A[j * inFeatures + i]!;
    }
  }
  return values;
}
