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
    addRow(sum, { A, B, scale, rank, row: first + row });
    for (let i = 0; i < inFeatures; i++) {
      weight[at + i] = sum[i]!;
      if (!(Math.abs(weight[at + i]!) < limit)) lost++;
    }
  }
  return { bytes: fromFloat32(weight, { dtype, shape }).bytes, lost };
}

/**
 * sum += scale · B[row] · A, rank after rank. Four ranks at a time read and write the sum once, which takes half the
 * time; the order of the additions is the same.
 */
function addRow(
  sum: Float64Array,
  { A, B, scale, rank, row }: Pick<LoraModule, "A" | "B" | "scale" | "rank"> & { readonly row: number },
): void {
  const columns = sum.length;
  const share = (k: number): number => scale * B[row * rank + k]!;
  const whole = rank - (rank % 4);
  for (let k = 0; k < whole; k += 4) {
    const [b0, b1, b2, b3] = [share(k), share(k + 1), share(k + 2), share(k + 3)];
    const at0 = k * columns;
    const [at1, at2, at3] = [at0 + columns, at0 + 2 * columns, at0 + 3 * columns];
    for (let i = 0; i < columns; i++) {
      sum[i] = sum[i]! + b0 * A[at0 + i]! + b1 * A[at1 + i]! + b2 * A[at2 + i]! + b3 * A[at3 + i]!;
    }
  }
  for (let k = whole; k < rank; k++) {
    const b = share(k);
    for (let i = 0; i < columns; i++) sum[i]! += b * A[k * columns + i]!;
  }
}
