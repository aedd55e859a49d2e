import { mkdir, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { datasetCard } from "@prefdelta/preference";
import type { CardConfig, Pair } from "@prefdelta/preference";
import { readPairs, writePairsShards } from "@prefdelta/preference/node";

import { CliError } from "../errors.ts";
import { exists } from "../files/workspace.ts";
import { writeAtomic } from "../files/write-atomic.ts";

/** One file of pairs, and what its set is called. */
interface NamedPairs {
  readonly name: string;
  readonly file: string;
  readonly diagnostics: string;
}

/**
 * The pairs of a path: a pairs.jsonl, a folder that holds one, or a folder of such folders, as `pda generate` and `pda run` leave them.
 *
 * @throws CliError E_INPUT when there are none
 */
async function findPairs(path: string): Promise<NamedPairs[]> {
  if (path.endsWith(".jsonl"))
    return [{ name: "default", file: path, diagnostics: `${path.slice(0, -".jsonl".length)}.diagnostics.json` }];
  const inFolder = (name: string, folder: string): NamedPairs => ({
    name,
    file: join(folder, "pairs.jsonl"),
    diagnostics: join(folder, "diagnostics.json"),
  });
  if (await exists(join(path, "pairs.jsonl"))) return [inFolder("default", path)];
  const names = (await readdir(path).catch((): string[] => [])).toSorted((a, b) => (a < b ? -1 : 1));
  const found: NamedPairs[] = [];
  for (const name of names)
    if (await exists(join(path, name, "pairs.jsonl"))) found.push(inFolder(name, join(path, name)));
  if (found.length > 0) return found;
  throw new CliError("E_INPUT", `${path}: expected a pairs.jsonl, or a folder with pairs, found none`);
}

async function buildConfig({ name, file, diagnostics }: NamedPairs, folder: string): Promise<CardConfig> {
  const models = { chosen: new Set<string>(), rejected: new Set<string>() };
  async function* counted(): AsyncGenerator<Pair> {
    for await (const pair of readPairs(file)) {
      models.chosen.add(pair.chosen_model);
      models.rejected.add(pair.rejected_model);
      yield pair;
    }
  }
  const below = join("data", name);
  await mkdir(join(folder, below), { recursive: true });
  const { rows } = await writePairsShards(join(folder, below), counted());
  const text = await readFile(diagnostics, "utf8").catch(() => undefined);
  return {
    name,
    files: `data/${name}/train-*.parquet`,
    rows,
    chosenModels: [...models.chosen].toSorted(),
    rejectedModels: [...models.rejected].toSorted(),
    diagnostics: text === undefined ? undefined : (JSON.parse(text) as CardConfig["diagnostics"]),
  };
}

/** Makes a data set of pairs: a folder of Parquet for each set, and a card. @throws CliError E_INPUT; PreferenceError */
export async function buildDataset(path: string, { folder, title }: { folder: string; title?: string | undefined }) {
  const configs: CardConfig[] = [];
  for (const pairs of await findPairs(path)) configs.push(await buildConfig(pairs, folder));
  const name = title ?? (path.endsWith("pairs.jsonl") ? basename(dirname(path)) : basename(path, ".jsonl"));
  await writeAtomic(join(folder, "README.md"), datasetCard({ title: name, configs }));
  return configs;
}
