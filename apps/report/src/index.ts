export { ReportError } from "./errors.ts";
export { readRun } from "./read/read-run.ts";
export { renderReport } from "./render-report.ts";

export type { ReportErrorCode } from "./errors.ts";
export type { RunFolder } from "./read/run-folder.ts";
export type { ReportedStage, Run, Stage, StageState } from "./run.ts";
