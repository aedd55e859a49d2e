import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { metricTag } from "../metric-tag.ts";
import type { MetricsWriter } from "../metrics-writer.ts";
import { eventRecord } from "./event-record.ts";

interface TensorBoardOptions {
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Ends the file's name; TensorBoard's own writers put the host there. */
  readonly suffix?: string;
}

/**
 * Writes TensorBoard's event files into a folder: one file a writer, one event a row, scalars named as transformers' callback names them
 * (`train/loss`, `eval/rewards/margins`). Rows that come again after a stop are shown once, for TensorBoard lets the later file's steps stand.
 */
export async function createTensorBoardWriter(
  folder: string,
  { now, suffix = "prefdelta" }: TensorBoardOptions,
): Promise<MetricsWriter> {
  await mkdir(folder, { recursive: true });
  const started = now();
  const name = `events.out.tfevents.${String(Math.floor(started)).padStart(10, "0")}.${suffix}`;
  const file = await open(join(folder, name), "a");
  await file.appendFile(eventRecord({ wallTime: started, fileVersion: "brain.Event:2" }));
  return {
    async write({ step, ...metrics }) {
      const scalars = Object.fromEntries(Object.entries(metrics).map(([tag, value]) => [metricTag(tag), value]));
      await file.appendFile(eventRecord({ wallTime: now(), step: step ?? 0, scalars }));
    },
    close: () => file.close(),
  };
}
