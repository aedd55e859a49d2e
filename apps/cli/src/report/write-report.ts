import { rm } from "node:fs/promises";
import { join } from "node:path";

import { readRun, renderReport } from "@prefdelta/report";
import type { Stage } from "@prefdelta/report";
import { openRunFolder } from "@prefdelta/report/node";

import { writeAtomic } from "../files/write-atomic.ts";

const pathOf = (folder: string): string => join(folder, "report.html");

/** Writes `report.html` of what the run folder holds. @throws ReportError; CliError E_WRITE */
export async function writeReport(
  folder: string,
): Promise<{ readonly path: string; readonly stages: readonly Stage[] }> {
  const run = await readRun(openRunFolder(folder));
  const path = pathOf(folder);
  await writeAtomic(path, renderReport(run));
  return { path, stages: run.stages };
}

/** Before files change that the page tells of: a kill must not leave a page of what is no longer there. */
export const removeReport = (folder: string): Promise<void> => rm(pathOf(folder), { force: true });
