import type { LogRow } from "./trainer-log.ts";

/**
 * Where a run's rows go beside trainer_log.jsonl: TensorBoard's files (`createTensorBoardWriter`), an MLflow server (`createMlflowWriter`), an
 * offline run of W&B's (`createWandbWriter`), or a tracker of one's own. After a stop, rows since the last checkpoint come again.
 */
export interface MetricsWriter {
  /** One row of the log; `step` is among its numbers. */
  write(row: LogRow): Promise<void> | void;
  close(): Promise<void> | void;
}
