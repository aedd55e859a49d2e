import type { DeltaRows, MergeRows } from "./delta-rows.ts";

/** Σ wᵢ Δᵢ */
export const weightedRows =
  (deltas: readonly DeltaRows[]): MergeRows =>
  (from, to) => {
    const sum = new Float64Array((to - from) * deltas[0]!.cols);
    for (const { weight, block } of deltas) {
      const values = block(from, to);
      for (let i = 0; i < sum.length; i++) sum[i]! += weight * values[i]!;
    }
    return sum;
  };
