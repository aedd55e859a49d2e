import { floatGram, gram } from "@prefdelta/linalg";
import type { Floats, Matrix } from "@prefdelta/linalg";
import type { LoraModule } from "@prefdelta/lora";
import type { ModuleSource } from "./gather-modules.ts";
import type { MergeStatistics } from "./report/merge-statistics.ts";
import type { StatisticsOptions } from "./report/module-statistics.ts";

/** Squared norms of columns whose products float32 holds: far from what it rounds to zero, or to infinity. */
const HELD = [1e-20, 1e20] as const;

/** ‖Σ‖² by Σ ‖·‖² of its terms. Below it the terms cancel, and what is left of them is looked at in float64. */
const CANCELLING = 0.1;

/**
 * What there is to say of a sum of updates that is stored whole, from two Gram matrices: ⟨ΔWᵢ, ΔWⱼ⟩ = sᵢsⱼ ⟨BᵢᵀBⱼ, AᵢAⱼᵀ⟩. No decomposition.
 * O((out + in) K²), a sixteenth of what bases cost. In float32, which is right to 1e-6 of the terms; in float64 where they cancel, or float32 does
 * not hold them: norms of such sums are right to 1e-8 of the terms' norms.
 *
 * @param joined the sources' factors side by side
 */
export function sumStatistics(
  sources: readonly ModuleSource[],
  joined: Pick<LoraModule, "A" | "B" | "rank" | "inFeatures" | "outFeatures">,
  options: Omit<StatisticsOptions, "rank">,
): MergeStatistics {
  const { A, B, rank, inFeatures, outFeatures } = joined;
  const factors: readonly Floats[] = [
    { rows: outFeatures, cols: rank, data: B },
    { rows: inFeatures, cols: rank, data: A, transposed: true },
  ];
  const rounded = factors.map(floatGram);
  if (rounded.every(isHeld)) {
    const statistics = fromGrams(sources, rounded, options);
    if (statistics.before > CANCELLING * statistics.weighted.reduce((sum, term) => sum + term, 0)) return statistics;
  }
  return fromGrams(sources, factors.map(gram), options);
}

function isHeld({ rows, data }: Matrix): boolean {
  for (let at = 0; at < data.length; at += rows + 1) if (!(data[at]! > HELD[0] && data[at]! < HELD[1])) return false;
  return true;
}

/** @param grams BᵀB and AAᵀ of the factors side by side */
function fromGrams(
  sources: readonly ModuleSource[],
  grams: readonly Matrix[],
  { places, adapterCount, scale }: Omit<StatisticsOptions, "rank">,
): MergeStatistics {
  const [written, read] = grams as [Matrix, Matrix];
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
