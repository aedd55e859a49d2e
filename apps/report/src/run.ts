import type { TaskScore } from "./read/evaluation-schema.ts";
import type { ReportedRecipe } from "./read/manifest-schema.ts";
import type { ReportedMerge } from "./read/merge-schema.ts";
import type { ReportedCounts, ReportedDiagnostics } from "./read/pair-schema.ts";
import type { ReportedTable } from "./read/table-schema.ts";
import type { LogRow, ReportedTraining } from "./read/training-schema.ts";

/**
 * `done`: its files are those that the recipe asks for. `failed`: it was tried and ended with an error. `stopped`: it was begun and not
 * finished. `outdated`: its files are of other inputs, so they are not shown. `waiting`: it has not been begun.
 */
export type StageState = "done" | "failed" | "stopped" | "outdated" | "waiting";

export interface Stage {
  /** `train/facts`: its folder in the run folder. */
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly state: StageState;
  /** What the error said; null unless it failed. */
  readonly error: string | null;
}

/** A stage and, where it is done, what its files hold: undefined for one that is not there. */
export interface ReportedStage<Files> {
  readonly stage: Stage;
  readonly files: Files | null;
}

export interface PairFiles {
  readonly counts: ReportedCounts | undefined;
  readonly diagnostics: ReportedDiagnostics | undefined;
}
export interface TrainingFiles {
  readonly log: readonly LogRow[] | undefined;
  readonly training: ReportedTraining | undefined;
}
export interface MergeFiles {
  readonly report: ReportedMerge | undefined;
}
interface EvaluationFiles {
  readonly scores: readonly TaskScore[] | undefined;
}

/** What a run folder holds, as far as the page shows it. Plain data. */
export interface Run {
  readonly recipe: ReportedRecipe;
  readonly versions: Readonly<Record<string, string>>;
  /** In the order in which they run. */
  readonly stages: readonly Stage[];
  readonly pairs: readonly ReportedStage<PairFiles>[];
  readonly trainings: readonly ReportedStage<TrainingFiles>[];
  readonly merges: readonly ReportedStage<MergeFiles>[];
  readonly evaluations: readonly ReportedStage<EvaluationFiles>[];
  /** `outdated`: there is one, of other evaluations. */
  readonly table: ReportedTable | "absent" | "outdated";
}
