import { decomposition } from "../combine-module.ts";
import { innerProduct, weightedSum, type CoreSpace, type Source } from "../core-space.ts";
import { addStatistics, describeStatistics } from "../report/merge-statistics.ts";
import type { MergeDescription, MergeStatistics } from "../report/merge-statistics.ts";
import { moduleStatistics, type StatisticsOptions } from "../report/module-statistics.ts";

/** The plain sum of a module's sources; adds up over modules. */
export interface SumNumbers {
  readonly statistics: MergeStatistics;
  /** ‖·‖² of the sum of the aligned sources. */
  readonly aligned: number;
}

/**
 * The sum of a module's sources with their weights, cut to the largest of their ranks.
 *
 * @param aligned the sources as gam at its defaults would sum them
 */
export function sumNumbers(
  space: CoreSpace,
  { aligned, ...stored }: { readonly aligned: readonly Source[] } & Omit<StatisticsOptions, "scale" | "places">,
): SumNumbers {
  const core = weightedSum(space, space.sources);
  const bases = { left: space.left, right: space.right, svd: decomposition(core) };
  const plain = { space, ...bases, sources: space.sources, isSum: true, core, outside: 0, leastOutside: 0 };
  const isPlain = aligned.every((source, i) => source === space.sources[i]);
  const sum = isPlain ? core : weightedSum(space, aligned);
  return {
    statistics: moduleStatistics(plain, { ...stored, places: space.places, scale: 1 }),
    aligned: innerProduct(sum, sum),
  };
}

/** All modules together; nothing, of none. */
export function describeSum(names: readonly string[], modules: readonly SumNumbers[]): MergeDescription {
  const statistics = modules.length === 0 ? nothing(names.length) : addStatistics(modules.map((one) => one.statistics));
  const plain = describeStatistics(statistics, names);
  const after = modules.reduce((sum, { aligned }) => sum + aligned, 0);
  const { normRetention, interference } = describeStatistics({ ...statistics, after }, names);
  return { ...plain, normRetention, interference };
}

function nothing(count: number): MergeStatistics {
  const zeros = Array.from({ length: count }, () => 0);
  const none = { before: 0, after: 0, dropped: 0, leastDropped: 0, merged: 0 };
  return { gram: zeros.map(() => zeros), weighted: zeros, moved: zeros, alongSources: zeros, ...none };
}
