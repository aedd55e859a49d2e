import { multiply, scaleColumns, subtract } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { CombinedModule } from "../combine-module.ts";
import { coreDelta, innerProduct, weightedSum } from "../core-space.ts";
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

/** All in core coordinates, where inner products are those of the layer: what lies outside of them is orthogonal to every source. */
export function moduleStatistics(
  { space, sources, merged, left, right, svd: { U, S, V }, outside, leastOutside }: CombinedModule,
  { places, adapterCount, rank, scale }: StatisticsOptions,
): MergeStatistics {
  const deltas = space.sources.map(coreDelta);
  const kept = S.map((value, j) => (j < rank ? scale * value : 0));
  const inSpace = (basis: Matrix, own: Matrix, terms: Matrix): Matrix =>
    own === basis ? terms : multiply(multiply(basis, own, { transA: true }), terms);
  const stored = multiply(scaleColumns(inSpace(space.left, left, U), kept), inSpace(space.right, right, V), {
    transB: true,
  });
  const plain = weightedSum(space, space.sources);
  const squaredSize = S.map((value) => value ** 2);
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

  const cut = sum(squaredSize.subarray(Math.min(rank, S.length)));

  const perAdapter = (of: (source: number) => number): number[] => {
    const values = Array.from({ length: adapterCount }, () => 0);
    for (const [source, place] of places.entries()) values[place] = of(source);
    return values;
  };
  const gram = Array.from({ length: adapterCount }, () => perAdapter(() => 0));
  for (const [source, place] of places.entries())
    gram[place] = perAdapter((other) => innerProduct(deltas[source]!, deltas[other]!));

  return {
    gram,
    weighted: perAdapter((i) => space.sources[i]!.weight ** 2 * innerProduct(deltas[i]!, deltas[i]!)),
    // A method with a result of its own moves no source.
    moved:
      merged !== undefined
        ? null
        : perAdapter((i) => {
            if (sources[i] === space.sources[i]) return 0;
            const step = subtract(coreDelta(sources[i]!), deltas[i]!);
            return innerProduct(step, step);
          }),
    alongSources: perAdapter((i) => innerProduct(stored, deltas[i]!)),
    before: innerProduct(plain, plain),
    after: sum(squaredSize) + outside,
    dropped: cut + outside,
    leastDropped: cut + leastOutside,
    merged: sum(kept.map((value) => value ** 2)),
  };
}
