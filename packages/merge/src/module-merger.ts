import type { ModuleOutline } from "@prefdelta/lora";
import { createRandom } from "@prefdelta/random";
import { combineEntries } from "./combine-entries.ts";
import { combineFactorEntries, combineFactors } from "./combine-factors.ts";
import { combineModule, type CombinedModule } from "./combine-module.ts";
import { combineSum } from "./combine-sum.ts";
import type { Baselines } from "./gam/baselines.ts";
import type { ModuleSource } from "./gather-modules.ts";
import { mergeMethods, type ParsedMergeOptions } from "./merge-options.ts";

/** The rank of a module's stored result, known before its numbers are: of the sources together, unless the options or the method say another. */
export function storedRank(sources: readonly ModuleSource<ModuleOutline>[], options: ParsedMergeOptions): number {
  if (options.rank !== "full") return options.rank;
  const ranks = sources.map(({ module }) => module.rank);
  const method = mergeMethods[options.method];
  if ("factors" in method) return method.fullRank(options, ranks);
  // peftCompat: of one rank, or they do not merge.
  if ("entries" in method && method.on(options) === "factors") return ranks[0]!;
  return ranks.reduce((sum, rank) => sum + rank, 0);
}

/** What merges the module of that path by the method that the options name. Random numbers depend on the seed and the path. */
export function moduleMerger(
  options: ParsedMergeOptions,
  baselines: Baselines = new Map(),
): (path: string, sources: readonly ModuleSource[]) => CombinedModule {
  const method = mergeMethods[options.method];
  const random = createRandom("seed" in options ? options.seed : 0);
  if (options.method === "task_arithmetic" && options.rank === "full")
    return (path, sources) => combineSum(sources, random.fork(path));
  if ("combiner" in method) {
    const combine = method.combiner(options, baselines);
    return (path, sources) => combineModule(sources, combine, random.fork(path));
  }
  if ("factors" in method) {
    const merge = method.factors(options);
    return (path, sources) => combineFactors(sources, { merge, random: random.fork(path) });
  }
  const merger = method.entries(options);
  if (method.on(options) === "factors")
    return (path, sources) => combineFactorEntries(sources, { path, merger, random: random.fork(path) });
  return (path, sources) => {
    const rank = storedRank(sources, options);
    return combineEntries(sources, { merger, rank, random: random.fork(path) });
  };
}
