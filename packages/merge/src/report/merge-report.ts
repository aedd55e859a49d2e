import type { ModuleConsensus } from "../methods/merge-method.ts";
import type { ConsensusFinding } from "../methods/merge-method.ts";
import type { MergeMethodName, ParsedMergeOptions } from "../merge-options.ts";
import type { ByPlace } from "../module-place.ts";
import type { MergeDescription } from "./merge-statistics.ts";

export interface ModuleReport extends MergeDescription {
  readonly module: string;
  readonly outFeatures: number;
  readonly inFeatures: number;
  /** Of the stored result. */
  readonly rank: number;
  /** What each adapter counted here, after normalise and missing; 0 where it lacks the module. */
  readonly weights: readonly number[];
  /** Names of the adapters that lack this module. */
  readonly missing: readonly string[];
  readonly consensus: ModuleConsensus | null;
}

export interface ConsensusSummary {
  /** Mean over modules of the directions shared on each side. */
  readonly meanRank: { readonly left: number; readonly right: number };
  /** Joint gate: the mean of those that the other side bears out; else null. */
  readonly meanJointRank: { readonly left: number; readonly right: number } | null;
  /** Number of modules with each finding. */
  readonly findings: Readonly<Record<ConsensusFinding, number>>;
}

/** JSON-able. `byLayer` and `byType` describe the modules of a layer, and of a type, as if they were the whole. */
export interface MergeReport extends ByPlace<MergeDescription & { readonly modules: number }> {
  readonly method: MergeMethodName;
  /** With defaults. */
  readonly options: ParsedMergeOptions;
  readonly reference: string;
  readonly deviation: string;
  /** All modules taken together. */
  readonly summary: MergeDescription & {
    readonly modules: number;
    /** Of them, those that some adapter lacks; `options.missing` says what then counts. */
    readonly incompleteModules: number;
    readonly consensus: ConsensusSummary | null;
  };
  /** In path order. */
  readonly modules: readonly ModuleReport[];
}

export function summariseConsensus(modules: readonly ModuleConsensus[]): ConsensusSummary | null {
  if (modules.length === 0) return null;
  const mean = (of: (module: ModuleConsensus) => number): number =>
    modules.reduce((sum, module) => sum + of(module), 0) / modules.length;
  const findings = { shared: 0, "no consensus beyond A₀": 0, "one side only": 0, none: 0, ungated: 0 };
  for (const { finding } of modules) findings[finding]++;
  const isJoint = modules.every(({ left, right }) => left.jointRank !== null && right.jointRank !== null);
  return {
    meanRank: { left: mean(({ left }) => left.rank), right: mean(({ right }) => right.rank) },
    meanJointRank: isJoint
      ? { left: mean(({ left }) => left.jointRank!), right: mean(({ right }) => right.jointRank!) }
      : null,
    findings,
  };
}
