import type { CombinedModule } from "../combine-module.ts";
import { innerProduct, weightedSum, type Source } from "../core-space.ts";
import { addStatistics, describeStatistics } from "../report/merge-statistics.ts";
import type { MergeDescription, MergeStatistics } from "../report/merge-statistics.ts";

/** The plain sum of a module's sources; adds up over modules. */
export interface SumNumbers {
  readonly statistics: MergeStatistics;
  /** ‖·‖² of the sum of the aligned sources. */
  readonly aligned: number;
}

export function alignedEnergy({ space, core }: CombinedModule, aligned: readonly Source[]): number {
  const isPlain = aligned.every((source, i) => source === space.sources[i]);
  const sum = isPlain ? core : weightedSum(space, aligned);
  return innerProduct(sum, sum);
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
