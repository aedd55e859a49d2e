/** Stable, for callers to branch on. */
export type ReportErrorCode =
  /** No folder that a run has written. */
  | "E_RUN_FOLDER"
  /** Files of the run folder that are not what they should be. */
  | "E_RUN_FILE";

/** Everything that is wrong with a run folder, at once: one line each, `FILE: KEY — expected …, got …`. */
export class ReportError extends Error {
  override readonly name = "ReportError";
  readonly code: ReportErrorCode;
  readonly problems: readonly string[];

  constructor(code: ReportErrorCode, problems: readonly string[]) {
    super(problems.join("\n"));
    this.code = code;
    this.problems = problems;
  }
}
