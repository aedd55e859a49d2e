import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { readItems, writeItems } from "@prefdelta/preference/node";

import { canonicalJson } from "../files/canonical-json.ts";
import type { Json } from "../files/canonical-json.ts";
import { sha256 } from "../files/hash.ts";
import { exists } from "../files/workspace.ts";
import { writeAtomic } from "../files/write-atomic.ts";
import type { RecipePair } from "../recipe/recipe-schema.ts";
import type { GenerationContext } from "./generation-context.ts";
import { fetchHubFiles, isHubAddress } from "../files/hub-files.ts";
import type { PromptSource } from "./generation-schema.ts";
import { preparePrompts, type PromptCounts } from "./prepare-prompts.ts";

/** Prompts of a pair, ready to be streamed. */
export interface StoredPrompts {
  /** An items file. */
  readonly items: string;
  readonly counts: PromptCounts;
  /** Puts the list of what was left out beside the pairs; nothing where nothing was sifted. */
  copyDropped(folder: string): Promise<void>;
}

const filesOf = ({ file, decontaminate }: PromptSource): string[] => [
  ...[file].flat(),
  ...decontaminate.map((source) => (typeof source === "string" ? source : source.file)),
];

/** All that a pair's prompts depend on. */
export async function promptInputs(
  prompts: RecipePair["prompts"],
  { run }: Pick<GenerationContext, "run">,
): Promise<Json> {
  const { fingerprints, locate, recipe } = run;
  if (typeof prompts === "string") return fingerprints.file(locate(prompts));
  const hashes: string[] = [];
  // A file of the Hub is known by its address: planning a run asks no network. A revision in it says which content is meant.
  for (const path of filesOf(prompts)) hashes.push(isHubAddress(path) ? path : await fingerprints.file(locate(path)));
  const { file: _, ...rest } = prompts;
  return { ...rest, hashes, seed: recipe.seed, limit: recipe.limit ?? null } as unknown as Json;
}

/** An items file's own items, their ids checked. */
async function copyItems(
  from: string,
  { to, limit }: { to: string; limit: number | undefined },
): Promise<PromptCounts> {
  const items = await readItems(from);
  const kept = items.slice(0, limit);
  await writeItems(to, kept);
  return { read: items.length, kept: kept.length, exact: 0, near: 0, contaminated: 0 };
}

/** A pair's prompts as an items file in the store; those of one data set, sifted alike, are prepared once. */
export async function openPrompts(
  prompts: RecipePair["prompts"],
  generation: Pick<GenerationContext, "run" | "storeFolder">,
): Promise<StoredPrompts> {
  const { run, storeFolder } = generation;
  const key = sha256(canonicalJson([await promptInputs(prompts, generation), run.recipe.limit ?? null]));
  const folder = join(storeFolder, "prompts", key.slice(0, 16));
  const [items, dropped, counted] = ["items.jsonl", "dropped.jsonl", "counts.json"].map((name) => join(folder, name));
  if (!(await exists(counted!))) {
    await mkdir(folder, { recursive: true });
    const { locate, recipe } = run;
    const hub = { folder: join(storeFolder, "hub"), env: process.env };
    const resolveFiles = async (file: string) => (isHubAddress(file) ? fetchHubFiles(file, hub) : [locate(file)]);
    const random = run.random.fork("prompts");
    const options = { resolveFiles, random, limit: recipe.limit, items: items!, dropped: dropped! };
    const counts = await (typeof prompts === "string"
      ? copyItems(locate(prompts), { to: items!, limit: recipe.limit })
      : preparePrompts(prompts, options));
    await writeAtomic(counted!, `${JSON.stringify(counts, null, 2)}\n`);
  }
  return {
    items: items!,
    counts: JSON.parse(await readFile(counted!, "utf8")) as PromptCounts,
    async copyDropped(output) {
      if (await exists(dropped!)) await copyFile(dropped!, join(output, "dropped.jsonl"));
    },
  };
}
