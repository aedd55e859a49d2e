import { gram } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { LoraModule } from "@prefdelta/lora";
import type { ModuleSource } from "./gather-modules.ts";
import type { MergeStatistics } from "./report/merge-statistics.ts";
import type { StatisticsOptions } from "./report/module-statistics.ts";

/**
 * What there is to say of a sum of updates that is stored whole, from two Gram matrices: ⟨ΔWᵢ, ΔWⱼ⟩ = sᵢsⱼ ⟨BᵢᵀBⱼ, AᵢAⱼᵀ⟩. No decomposition.
 * O((out + in) K²), an eighth of what bases cost. Norms of sums that cancel are right to 1e-8 of the terms' norms.
 *
 * @param joined the sources' factors side by side
 */
export function sumStatistics(
  sources: readonly ModuleSource[],
  joined: Pick<LoraModule, "A" | "B" | "rank" | "inFeatures" | "outFeatures">,
  { places, adapterCount, scale }: Omit<StatisticsOptions, "rank">,
): MergeStatistics {
  const { A, B, rank, inFeatures, outFeatures } = joined;
  const written = gram({ rows: outFeatures, cols: rank, data: B });
  const read = gram({ rows: inFeatures, cols: rank, data: A, transposed: true });
  const blocks = blockProducts(
    written,
    read,
    sources.map(({ module }) => module.rank),
  );
  const products = blocks.map((row, i) =>
    row.map((product, j) => sources[i]!.module.scale * sources[j]!.module.scale * product),
  );
  const weights = sources.map(({ weight }) => weight);
  const along = products.map((row) => row.reduce((sum, product, j) => sum + weights[j]! * product, 0));
  const squared = Math.max(
    0,
    along.reduce((sum, product, i) => sum + weights[i]! * product, 0),
  );

  const zeros = (): number[] => Array.from({ length: adapterCount }, () => 0);
  const perAdapter = (of: (source: number) => number): number[] => {
    const values = zeros();
    for (const [source, place] of places.entries()) values[place] = of(source);
    return values;
  };
  const rows = Array.from({ length: adapterCount }, zeros);
  for (const [source, place] of places.entries()) rows[place] = perAdapter((other) => products[source]![other]!);
  return {
    gram: rows,
    weighted: perAdapter((i) => weights[i]! ** 2 * products[i]![i]!),
    moved: zeros(),
    alongSources: perAdapter((i) => scale * along[i]!),
    before: squared,
    after: squared,
    dropped: 0,
    leastDropped: 0,
    merged: scale ** 2 * squared,
  };
}

/** Σ over block (i, j) of the entries of two K × K matrices multiplied with one another. */
function blockProducts(one: Matrix, other: Matrix, sizes: readonly number[]): number[][] {
  const sums = sizes.map(() => sizes.map(() => 0));
  for (let i = 0, row = 0; i < sizes.length; i++) {
    for (const last = row + sizes[i]!; row < last; row++) {
      for (let j = 0, at = row * one.cols; j < sizes.length; j++) {
        let sum = 0;
        for (const end = at + sizes[j]!; at < end; at++) sum += one.data[at]! * other.data[at]!;
        sums[i]![j]! += sum;
      }
    }
  }
  return sums;
}
