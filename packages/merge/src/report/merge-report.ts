import type { ModuleConsensus } from "../methods/merge-method.ts";
import type { MergeMethodName, ParsedMergeOptions } from "../merge-options.ts";
import type { ByPlace } from "../module-place.ts";
import type { Diagnostics } from "../inspect/describe-inspection.ts";
import type { ConsensusSummary } from "./consensus-summary.ts";
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

/** JSON-able. `byLayer` and `byType` describe the modules of a layer, and of a type, as if they were the whole. */
export interface MergeReport extends ByPlace<MergeDescription & { readonly modules: number }> {
  readonly method: MergeMethodName;
  /** With defaults. */
  readonly options: ParsedMergeOptions;
  /** As in the table of methods. */
  readonly paper: string;
  readonly equation: string;
  readonly deviation: string;
  /** All modules taken together. */
  readonly summary: MergeDescription & {
    readonly modules: number;
    /** Of them, those that some adapter lacks; `options.missing` says what then counts. */
    readonly incompleteModules: number;
    readonly consensus: ConsensusSummary | null;
  };
  /** How the sources stand to one another; null unless asked for. */
  readonly diagnostics: Diagnostics | null;
  /** In path order. */
  readonly modules: readonly ModuleReport[];
}
