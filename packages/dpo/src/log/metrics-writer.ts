import type { LogRow } from "./trainer-log.ts";

/**
 * Where a run's rows go beside trainer_log.jsonl: TensorBoard's files (`createTensorBoardWriter`), an MLflow server (`createMlflowWriter`), an
 * offline run of W&B's (`createWandbWriter`), or a tracker of one's own. After a stop, rows since the last checkpoint come again.
 */
export interface MetricsWriter {
  /** One row of the log; `step` is among its numbers. */
  write(row: LogRow): Promise<void> | void;
  /** `end`: how the run ended, for trackers that tell; finished, if absent. */
  close(end?: RunEnd): Promise<void> | void;
}

/** stopped: by the user, to be gone on with. */
export type RunEnd = "finished" | "failed" | "stopped";
