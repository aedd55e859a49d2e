import { matrix, multiply } from "@prefdelta/linalg";
import type { LoraModule } from "@prefdelta/lora";

/** The given rows of ΔW, one after the other; the rest is not formed. */
export function deltaRows({ A, B, rank, inFeatures, scale }: LoraModule, rows: readonly number[]): Float64Array {
  const write = matrix(rows.length, rank);
  for (const [place, row] of rows.entries())
    for (let j = 0; j < rank; j++) write.data[place * rank + j] = scale * B[row * rank + j]!;
  return multiply(write, matrix(rank, inFeatures, A)).data;
}
