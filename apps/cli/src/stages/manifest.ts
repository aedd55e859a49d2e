import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { CliError } from "../errors.ts";
import type { Json } from "../files/canonical-json.ts";
import { writeAtomic } from "../files/write-atomic.ts";

/** A finished stage: under which key, in how long, and the SHA-256 of every file it left. */
const stageRecord = z.strictObject({
  key: z.string(),
  seconds: z.number(),
  outputs: z.record(z.string(), z.string()),
});
export type StageRecord = z.infer<typeof stageRecord>;

/** A stage that ended with an error, and what it said. */
const failure = z.strictObject({ key: z.string(), message: z.string() });

const manifestSchema = z.strictObject({
  recipe: z.unknown(),
  versions: z.record(z.string(), z.string()),
  planned: z.record(z.string(), z.string()).default({}),
  stages: z.record(z.string(), stageRecord),
  failed: z.record(z.string(), failure).default({}),
  table: z.record(z.string(), z.string()).default({}),
});

/** `manifest.json` of a run folder: what was asked, by which versions, and what is done. */
export interface Manifest {
  readonly recipe: Json;
  readonly versions: Readonly<Record<string, string>>;
  /** Every stage of the recipe in order, and the key that it has to be done under. */
  readonly planned: Readonly<Record<string, string>>;
  readonly stages: Readonly<Record<string, StageRecord>>;
  /** Until it is begun again. */
  readonly failed: Readonly<Record<string, z.infer<typeof failure>>>;
  /** The keys of the evaluations that table.json was made from. */
  readonly table: Readonly<Record<string, string>>;
}

export const emptyManifest: Manifest = { recipe: null, versions: {}, planned: {}, stages: {}, failed: {}, table: {} };

/**
 * The manifest of a run folder; an empty one if the folder has none.
 *
 * @throws CliError E_INPUT if there is one that this version cannot read.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, "manifest.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return emptyManifest;
    throw error;
  }
  try {
    return manifestSchema.parse(JSON.parse(text)) as Manifest;
  } catch (cause) {
    throw new CliError("E_INPUT", `${path}: is not a run manifest; remove it to start the run anew`, { cause });
  }
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeAtomic(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
