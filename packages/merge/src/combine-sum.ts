import { combineModule, type CombinedModule } from "./combine-module.ts";
import { concatenateFactors, sideBySide } from "./concatenate-factors.ts";
import type { Random } from "@prefdelta/random";
import type { ModuleSource } from "./gather-modules.ts";
import { sumStatistics } from "./sum-statistics.ts";

/**
 * The weighted sum of a module's updates, with nothing cut off: the factors side by side. Spaces and SVDs are taken only where somebody asks
 * for them, as diagnostics do; the report does not.
 */
export function combineSum(sources: readonly ModuleSource[], random: Random): CombinedModule {
  const joined = sideBySide(sources.map(({ module }) => module));
  let decomposed: CombinedModule | undefined;
  const whole = (): CombinedModule =>
    (decomposed ??= combineModule(sources, (space) => ({ sources: space.sources, consensus: null }), random));
  return {
    get space() {
      return whole().space;
    },
    get sources() {
      return whole().sources;
    },
    get left() {
      return whole().left;
    },
    get core() {
      return whole().core;
    },
    get right() {
      return whole().right;
    },
    svd: () => whole().svd(),
    isSum: true,
    outside: 0,
    leastOutside: 0,
    exact: () => concatenateFactors(sources, joined),
    statistics: (options) => sumStatistics(sources, joined, options),
    consensus: null,
  };
}
