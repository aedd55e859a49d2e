import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { metricTag } from "../metric-tag.ts";
import type { MetricsWriter } from "../metrics-writer.ts";
import { runLogHeader, runLogRecord } from "./run-log.ts";
import { exitMessage, headerMessage, historyMessage, runMessage, runRecord, summaryMessage } from "./run-records.ts";

interface WandbOptions {
  readonly project: string;
  readonly runName: string;
  /** Letters and digits; a run of its own for each writer. */
  readonly runId: string;
  /** Shown beside the run. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What was written of a step so far. */
interface Step {
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** 20261130_122706, in UTC. */
const stamp = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");

/**
 * Writes a run into a folder as W&B's SDK does offline: `offline-run-TIME-ID/run-ID.wandb`, which `wandb sync` uploads; nothing is sent. Metrics
 * are named as transformers' callback names them (`train/loss`, `eval/rewards/margins`); what is written of one step is one row of its history.
 */
export async function createWandbWriter(folder: string, options: WandbOptions): Promise<MetricsWriter> {
  const { project, runName: name, runId: id, config = {}, now } = options;
  const startedAt = now();
  const runFolder = join(folder, `offline-run-${stamp(startedAt)}-${id}`);
  await mkdir(join(runFolder, "files"), { recursive: true });
  const file = await open(join(runFolder, `run-${id}.wandb`), "wx");
  let [bytes, records] = [0, 0];
  const append = async (message: Parameters<typeof runRecord>[1]): Promise<void> => {
    const record = runLogRecord(runRecord(++records, message), bytes);
    await file.appendFile(record);
    bytes += record.length;
  };
  await file.appendFile(runLogHeader);
  bytes += runLogHeader.length;
  await append(headerMessage("prefdelta"));
  await append(runMessage({ id, project, name, config, startedAt }));

  let pending: Step | undefined;
  const flush = async (): Promise<void> => {
    if (!pending) return;
    const { step, time, metrics } = pending;
    pending = undefined;
    const values = { ...metrics, _timestamp: time / 1000, _runtime: (time - startedAt) / 1000, _step: step };
    await append(summaryMessage(values));
    await append(historyMessage(step, values));
  };
  return {
    async write({ step = 0, ...row }) {
      if (pending && pending.step !== step) await flush();
      const metrics = Object.fromEntries(Object.entries(row).map(([name, value]) => [metricTag(name), value]));
      pending = { step, time: now(), metrics: { ...pending?.metrics, ...metrics } };
    },
    async close() {
      await flush();
      await append(exitMessage((now() - startedAt) / 1000));
      await file.close();
    },
  };
}
