import { join } from "node:path";

import { canonicalJson } from "../files/canonical-json.ts";
import { hashFile, sha256 } from "../files/hash.ts";
import { listFiles } from "../files/list-files.ts";
import type { Manifest, StageRecord } from "./manifest.ts";
import type { Stage } from "./stage.ts";

/** `done`: nothing to do; `changed`: done before with other inputs; `damaged`: done, but its files are no longer those. */
type StageState = "done" | "new" | "changed" | "damaged";

export interface PlannedStage {
  readonly stage: Stage;
  /** SHA-256 of the stage's inputs, the keys of the stages it needs and the versions of the packages. */
  readonly key: string;
  readonly state: StageState;
}

/** Says of every stage what it would do in this run folder. Stages come after the ones they need. */
export async function planStages(
  stages: readonly Stage[],
  { folder, manifest, versions }: { folder: string; manifest: Manifest; versions: Readonly<Record<string, string>> },
): Promise<PlannedStage[]> {
  const keys = new Map<string, string>();
  const planned: PlannedStage[] = [];
  for (const stage of stages) {
    const needs = stage.needs.map((id) => {
      const key = keys.get(id);
      if (key === undefined) throw new Error(`planStages: ${stage.id} needs ${id}, which does not come before it`);
      return [id, key] as const;
    });
    const key = sha256(canonicalJson({ id: stage.id, inputs: stage.inputs, needs, versions }));
    keys.set(stage.id, key);
    const record = manifest.stages[stage.id];
    planned.push({ stage, key, state: await stateOf(record, { key, path: join(folder, stage.id) }) });
  }
  return planned;
}

async function stateOf(
  record: StageRecord | undefined,
  { key, path }: { key: string; path: string },
): Promise<StageState> {
  if (record === undefined) return "new";
  if (record.key !== key) return "changed";
  const present = await hashFolder(path).catch(() => null);
  return present !== null && canonicalJson(present) === canonicalJson(record.outputs) ? "done" : "damaged";
}

/** Every file below a folder with its SHA-256. */
export async function hashFolder(path: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of await listFiles(path)) hashes[name] = await hashFile(join(path, name));
  return hashes;
}
