import type { ModuleConsensus } from "../methods/merge-method.ts";
import { describeByPlace, type ByPlace } from "../module-place.ts";
import { summariseConsensus, type ConsensusSummary } from "../report/consensus-summary.ts";
import type { MergeDescription } from "../report/merge-statistics.ts";
import { describeSum } from "./describe-sum.ts";
import type { PairReport, UpdateReport } from "./inspect-module.ts";
import type { InspectedSources } from "./module-inspector.ts";
import { adapterNorm, meanEffectiveRank, summarisePairs, type PairSummary } from "./summarise-pair.ts";

export interface ModuleDiagnostics {
  readonly module: string;
  readonly outFeatures: number;
  readonly inFeatures: number;
  /** Of the adapters that have the module. */
  readonly updates: readonly UpdateReport[];
  readonly pairs: readonly PairReport[];
  /** What the sources share, by gam's joint gate with its defaults. */
  readonly consensus: ModuleConsensus;
  /** As of a group. */
  readonly sum: MergeDescription;
}

/** The modules of one layer, of one type, or all. */
export interface GroupDiagnostics {
  readonly modules: number;
  /** Of each adapter. */
  readonly norms: readonly number[];
  /** Of each adapter, the mean over its modules; null where it has none. */
  readonly effectiveRanks: readonly (number | null)[];
  readonly pairs: readonly PairSummary[];
  readonly consensus: ConsensusSummary;
  /**
   * The sum of the sources with their weights, cut to the largest rank among them: what is kept of each, what they take from one another, what
   * cutting loses. `normRetention.after` and `interference.after` are those of the sum that gam with its defaults would make.
   */
  readonly sum: MergeDescription;
}

/** How adapters stand to one another. JSON-able. */
export interface Diagnostics extends GroupDiagnostics, ByPlace<GroupDiagnostics> {
  /** In path order. */
  readonly perModule: readonly ModuleDiagnostics[];
}

export function describeInspection(names: readonly string[], inspected: readonly InspectedSources[]): Diagnostics {
  return {
    ...describeGroup(names, inspected),
    ...describeByPlace(
      inspected,
      ({ path }) => path,
      (group) => describeGroup(names, group),
    ),
    perModule: inspected.map((one) => describeModule(names, one)),
  };
}

const describeModule = (names: readonly string[], inspected: InspectedSources): ModuleDiagnostics => ({
  module: inspected.path,
  outFeatures: inspected.outFeatures,
  inFeatures: inspected.inFeatures,
  updates: inspected.updates,
  pairs: inspected.pairs.map(({ report }) => report),
  consensus: inspected.consensus,
  sum: describeSum(names, [inspected.sum]),
});

const describeGroup = (names: readonly string[], group: readonly InspectedSources[]): GroupDiagnostics => ({
  modules: group.length,
  norms: names.map((_, place) => adapterNorm(place, group)),
  effectiveRanks: names.map((_, place) => meanEffectiveRank(place, group)),
  pairs: summarisePairs(names, group),
  consensus: summariseConsensus(group.map(({ consensus }) => consensus)),
  sum: describeSum(
    names,
    group.map(({ sum }) => sum),
  ),
});
