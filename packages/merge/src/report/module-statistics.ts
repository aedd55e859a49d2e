import { columns, multiply, scaleColumns, subtract } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { ThinSvd } from "@prefdelta/lora";
import type { CombinedModule } from "../combine-module.ts";
import { combination, coreDelta, innerProduct } from "../core-space.ts";
import type { MergeStatistics } from "./merge-statistics.ts";

export interface StatisticsOptions {
  /** The place among all adapters of each source of the module. */
  readonly places: readonly number[];
  readonly adapterCount: number;
  /** Terms that the stored result keeps. */
  readonly rank: number;
  /** λ */
  readonly scale: number;
  /** These terms in the layer's own coordinates, where they have been written so already. */
  readonly written?: Pick<ThinSvd, "U" | "V"> | undefined;
}

/** All in core coordinates, where inner products are those of the layer: what lies outside of them is orthogonal to every source. */
export function moduleStatistics(
  combined: Stored & Pick<CombinedModule, "sources" | "isSum" | "outside" | "leastOutside">,
  { places, adapterCount, rank, scale, written }: StatisticsOptions,
): MergeStatistics {
  const { space, sources, isSum, core, outside, leastOutside } = combined;
  const deltas = space.sources.map(coreDelta);
  const { stored, norm, cut } = storedPart(combined, rank, written);
  const size = { rows: space.left.cols, cols: space.right.cols };
  const plain = combination(size, [...deltas.entries()], ([i, delta]) => [space.sources[i]!.weight, delta]);

  const perAdapter = (of: (source: number) => number): number[] => {
    const values = Array.from({ length: adapterCount }, () => 0);
    for (const [source, place] of places.entries()) values[place] = of(source);
    return values;
  };
  const gram = Array.from({ length: adapterCount }, () => perAdapter(() => 0));
  for (const [i, place] of places.entries())
    for (const [j, other] of places.slice(0, i + 1).entries())
      gram[place]![other] = gram[other]![place] = innerProduct(deltas[i]!, deltas[j]!);

  return {
    gram,
    weighted: perAdapter((i) => space.sources[i]!.weight ** 2 * gram[places[i]!]![places[i]!]!),
    // A method with a result of its own moves no source.
    moved: !isSum
      ? null
      : perAdapter((i) => {
          if (sources[i] === space.sources[i]) return 0;
          const step = subtract(coreDelta(sources[i]!), deltas[i]!);
          return innerProduct(step, step);
        }),
    alongSources: perAdapter((i) => scale * innerProduct(stored, deltas[i]!)),
    before: innerProduct(plain, plain),
    after: innerProduct(core, core) + outside,
    dropped: cut + outside,
    leastDropped: cut + leastOutside,
    merged: scale ** 2 * norm,
  };
}

type Stored = Pick<CombinedModule, "space" | "left" | "core" | "right" | "svd">;

/** What is stored of the merged update, without λ, seen in the sources' space, with its whole ‖·‖² and that of what is cut off. */
function storedPart(
  { space, left, core, right, svd }: Stored,
  rank: number,
  written: StatisticsOptions["written"],
): { stored: Matrix; norm: number; cut: number } {
  const isWhole = rank >= Math.min(core.rows, core.cols);
  if (isWhole && left === space.left && right === space.right)
    return { stored: core, norm: innerProduct(core, core), cut: 0 };
  const { U, S, V } = svd();
  const count = Math.min(rank, S.length);
  const [writes, reads] = [columns(U, 0, count), columns(V, 0, count)];
  const write = left === space.left ? writes : space.left.transposedTimes(written?.U ?? left.times(writes));
  const read = right === space.right ? reads : space.right.transposedTimes(written?.V ?? right.times(reads));
  const squares = (values: Float64Array): number => values.reduce((sum, value) => sum + value ** 2, 0);
  return {
    stored: multiply(scaleColumns(write, S.subarray(0, count)), read, { transB: true }),
    norm: squares(S.subarray(0, count)),
    cut: squares(S.subarray(count)),
  };
}
