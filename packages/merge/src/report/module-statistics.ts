import { subtract } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { CombinedModule } from "../combine-module.ts";
import { coreDelta, weightedSum } from "../core-space.ts";
import type { MergeStatistics } from "./merge-statistics.ts";

export interface StatisticsOptions {
  /** The place among all adapters of each source of the module. */
  readonly places: readonly number[];
  readonly adapterCount: number;
  /** Terms that the stored result keeps. */
  readonly rank: number;
  /** λ */
  readonly scale: number;
}

/** All in core coordinates, where inner products are those of the layer. */
export function moduleStatistics(
  { space, sources, merged: { U, S, V } }: CombinedModule,
  { places, adapterCount, rank, scale }: StatisticsOptions,
): MergeStatistics {
  const deltas = space.sources.map(coreDelta);
  const stored = coreDelta({ U, S: S.map((value, j) => (j < rank ? scale * value : 0)), V, weight: 1 });
  const plain = weightedSum(space, space.sources);
  const squaredSize = S.map((value) => value ** 2);
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

  const perAdapter = (of: (source: number) => number): number[] => {
    const values = Array.from({ length: adapterCount }, () => 0);
    for (const [source, place] of places.entries()) values[place] = of(source);
    return values;
  };
  const gram = Array.from({ length: adapterCount }, () => perAdapter(() => 0));
  for (const [source, place] of places.entries())
    gram[place] = perAdapter((other) => inner(deltas[source]!, deltas[other]!));

  return {
    gram,
    weighted: perAdapter((i) => space.sources[i]!.weight ** 2 * inner(deltas[i]!, deltas[i]!)),
    moved: perAdapter((i) => {
      if (sources[i] === space.sources[i]) return 0;
      const step = subtract(coreDelta(sources[i]!), deltas[i]!);
      return inner(step, step);
    }),
    alongSources: perAdapter((i) => inner(stored, deltas[i]!)),
    before: inner(plain, plain),
    after: sum(squaredSize),
    dropped: sum(squaredSize.subarray(Math.min(rank, S.length))),
    merged: inner(stored, stored),
  };
}

/** Σ aᵢⱼ bᵢⱼ */
const inner = (A: Matrix, B: Matrix): number => A.data.reduce((sum, a, i) => sum + a * B.data[i]!, 0);
