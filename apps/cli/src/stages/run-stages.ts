import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { CliError } from "../errors.ts";
import type { Reporter } from "../print/reporter.ts";
import { interrupted } from "./interrupted.ts";
import { writeManifest } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";
import { hashFolder } from "./plan-stages.ts";
import type { PlannedStage } from "./plan-stages.ts";
import type { Stage } from "./stage.ts";

export interface RunStagesOptions {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** `train` or `train/facts`: the others are left as they are. */
  readonly only?: string | undefined;
}

/**
 * Runs what is not done yet, in order. A stage works in `.work/ID/KEY/output`, which is renamed to the stage's folder
 * when it is whole; what it keeps for a later run lies beside it in `.work/ID/KEY/kept` until then.
 *
 * @throws CliError E_UPSTREAM if `only` asks for a stage whose needs are not done; E_INTERRUPTED
 */
export async function runStages(planned: readonly PlannedStage[], options: RunStagesOptions): Promise<Manifest> {
  const { folder, reporter, signal, only } = options;
  const finished = new Set(planned.filter(({ state }) => state === "done").map(({ stage }) => stage.id));
  let manifest: Manifest = {
    ...options.manifest,
    planned: Object.fromEntries(planned.map(({ stage, key }) => [stage.id, key])),
    // What is tried again has not failed yet.
    failed: without(
      options.manifest.failed,
      planned.filter(({ stage }) => isSelected(stage, only)).map(({ stage }) => stage.id),
    ),
  };
  await writeManifest(folder, manifest);

  for (const { stage, key, state } of planned) {
    if (!isSelected(stage, only)) continue;
    if (state === "done") {
      reporter.line(`${stage.id}: already done`);
      continue;
    }
    const missing = stage.needs.filter((id) => !finished.has(id));
    if (missing.length > 0) {
      throw new CliError("E_UPSTREAM", `${stage.id}: needs ${missing.join(", ")}, which this run folder does not have`);
    }
    if (signal.aborted) throw interrupted(stage.id);

    reporter.line(`${stage.id} …`);
    const began = performance.now();
    const { outputs, summary } = await runStage(stage, { ...options, key }).catch(async (error: unknown) => {
      if (!isInterruption(error)) {
        const message = error instanceof Error ? error.message : String(error);
        const failed = { ...manifest.failed, [stage.id]: { key, message } };
        // Where this cannot be written either, why the stage failed is still what is to be told.
        await writeManifest(folder, { ...manifest, failed }).catch(() => {});
      }
      throw error;
    });
    const seconds = Math.round(performance.now() - began) / 1000;
    manifest = { ...manifest, stages: { ...manifest.stages, [stage.id]: { key, seconds, outputs } } };
    await writeManifest(folder, manifest);
    await rm(join(folder, ".work", stage.id), { recursive: true, force: true });
    finished.add(stage.id);
    reporter.line(`${stage.id}: ${summary} (${seconds.toFixed(1)} s)`);
  }
  return manifest;
}

/** Whether `--only` names this stage or its kind. */
export function isSelected(stage: Stage, only: string | undefined): boolean {
  return only === undefined || stage.id === only || stage.id.startsWith(`${only}/`);
}

const isInterruption = (error: unknown): boolean => error instanceof CliError && error.code === "E_INTERRUPTED";

const without = <Value>(record: Readonly<Record<string, Value>>, keys: readonly string[]): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));

async function runStage(
  stage: Stage,
  { folder, reporter, signal, key }: RunStagesOptions & { key: string },
): Promise<{ outputs: Record<string, string>; summary: string }> {
  const workspace = join(folder, ".work", stage.id, key);
  const output = join(workspace, "output");
  const work = join(workspace, "kept");
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  await mkdir(work, { recursive: true });

  const folderOf = (id: string): string => {
    if (!stage.needs.includes(id)) throw new Error(`${stage.id} reads ${id} without needing it`);
    return join(folder, id);
  };
  const summary = await stage.run({ output, work, folderOf, reporter, signal });

  const outputs = await hashFolder(output);
  const final = join(folder, stage.id);
  await mkdir(dirname(final), { recursive: true });
  await rename(final, join(workspace, "replaced")).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(output, final);
  return { outputs, summary };
}
