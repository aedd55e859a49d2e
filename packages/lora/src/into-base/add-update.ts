import { fromFloat32, toFloat32 } from "@prefdelta/safetensors";
import type { FloatDtype } from "@prefdelta/safetensors";
import type { LoraModule } from "../adapter.ts";

/** Some whole rows of a base weight. */
export interface WeightRows {
  readonly bytes: Uint8Array;
  readonly dtype: FloatDtype;
  /** Place of the first of them in the weight. */
  readonly first: number;
}

/** The smallest float32 that a dtype rounds to infinity: half a unit above its largest number. */
const overflow = {
  F32: Infinity,
  F16: 65_520,
  BF16: 2 ** 127 * (2 - 2 ** -8),
} as const satisfies Record<FloatDtype, number>;

/**
 * W + scale · B · A on some rows of W. The sum of an entry begins with W's and takes the ranks in order, all in
 * float64; it is rounded to float32, and from there to the dtype, each time to nearest with ties to even.
 *
 * @returns the rows' new bytes, and how many entries are not finite any more
 */
export function addUpdate(
  { bytes, dtype, first }: WeightRows,
  { A, B, rank, inFeatures, scale }: LoraModule,
): { readonly bytes: Uint8Array; readonly lost: number } {
  const rows = bytes.length / (inFeatures * (dtype === "F32" ? 4 : 2));
  const shape = [rows, inFeatures];
  const weight = toFloat32({ dtype, shape, bytes });
  const sum = new Float64Array(inFeatures);
  const limit = overflow[dtype];
  let lost = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * inFeatures;
    for (let i = 0; i < inFeatures; i++) sum[i] = weight[at + i]!;
    for (let k = 0; k < rank; k++) {
      const b = scale * B[(first + row) * rank + k]!;
      if (b === 0) continue;
      const offset = k * inFeatures;
      for (let i = 0; i < inFeatures; i++) sum[i]! += b * A[offset + i]!;
    }
    for (let i = 0; i < inFeatures; i++) {
      weight[at + i] = sum[i]!;
      if (!(Math.abs(weight[at + i]!) < limit)) lost++;
    }
  }
  return { bytes: fromFloat32(weight, { dtype, shape }).bytes, lost };
}
