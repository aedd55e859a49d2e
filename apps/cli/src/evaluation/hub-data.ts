import { readFile } from "node:fs/promises";
import { extname, join, matchesGlob } from "node:path";

import { parseDocument } from "yaml";
import { z } from "zod";

import { CliError } from "../errors.ts";
import { hubAddress } from "../files/hub-address.ts";
import { openHubRepo, type OpenedHubRepo } from "../files/hub-repo.ts";
import { hubHome } from "../files/hub-settings.ts";

interface HubDataset {
  readonly name: string;
  /** Files of one split of one configuration, here. @throws CliError E_HUB */
  readonly splitFiles: (config: string | undefined, split: string) => Promise<readonly string[]>;
}

/** The part of a card's front matter that says which files are which split. */
const paths = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const card = z.looseObject({
  configs: z
    .array(
      z.looseObject({
        config_name: z.string(),
        default: z.boolean().optional(),
        data_files: z.union([
          z.array(z.looseObject({ split: z.string(), path: paths })),
          paths.transform((all) => [{ split: "train", path: all }]),
        ]),
      }),
    )
    .optional(),
});

const readable = /\.(?:csv|jsonl?|parquet)$/i;

async function readConfigs({ files, fetch }: OpenedHubRepo) {
  if (!files.some(({ path }) => path === "README.md")) return [];
  const text = await readFile(await fetch("README.md"), "utf8");
  const front = /^---\n([\s\S]*?)\n---/.exec(text.replaceAll("\r\n", "\n"))?.[1] ?? "";
  return card.safeParse(parseDocument(front).toJS() ?? {}).data?.configs ?? [];
}

/** As the Hub's own loader: by the card where it says, else by the names of folders and files. */
function namedFiles(all: readonly string[], config: string | undefined, split: string): string[] {
  const own = config === undefined ? [] : all.filter((path) => path.startsWith(`${config}/`));
  const bearsSplit = (path: string): boolean =>
    path
      .slice(0, -extname(path).length)
      .split(/[-_./]/)
      .includes(split);
  return (own.length > 0 ? own : all).filter(bearsSplit);
}

async function openDataset(name: string, revision: string, env: NodeJS.ProcessEnv): Promise<HubDataset> {
  const folder = join(hubHome(env), "prefdelta", "datasets");
  const repo = await openHubRepo({ type: "dataset", name, revision }, { folder, env });
  const configs = await readConfigs(repo);
  const all = repo.files.map(({ path }) => path).filter((path) => readable.test(path));
  return {
    name,
    async splitFiles(config, split) {
      const wanted = configs.find((one) => one.config_name === (config ?? "default"));
      const standard = config === undefined ? (configs.find((one) => one.default) ?? configs[0]) : undefined;
      const globs = (wanted ?? standard)?.data_files.find((one) => one.split === split)?.path;
      const found =
        globs === undefined
          ? namedFiles(all, config, split)
          : all.filter((path) => globs.some((glob) => matchesGlob(path, glob)));
      if (found.length === 0) {
        const where = `${name}@${revision}${config === undefined ? "" : `, configuration ${config}`}`;
        throw new CliError("E_HUB", `${where}: expected files of the split ${split}, found ${list(all)}`);
      }
      const local: string[] = [];
      for (const path of found) local.push(await repo.fetch(path));
      return local;
    },
  };
}

const list = (names: readonly string[]): string =>
  `${names.slice(0, 5).join(", ") || "none"}${names.length > 5 ? `, and ${names.length - 5} more` : ""}`;

export type OpenHubDataset = (where: string, own: string | undefined) => Promise<HubDataset | undefined>;

/**
 * Opens data sets of the Hub by what `--data` says, each once: `hub` alone is the data set that the task names; undefined for what is no name of the Hub. Files are kept below HF_HOME, so that what was
 * brought here once is not brought again.
 */
export function hubDatasets(env: NodeJS.ProcessEnv): OpenHubDataset {
  const opened = new Map<string, Promise<HubDataset>>();
  return async (where, own) => {
    const found = hubAddress(where);
    if (found === undefined) return undefined;
    const { name = own, revision } = found;
    if (name === undefined)
      throw new CliError("E_USAGE", `--data ${where}: expected a task with dataset_path, or hub:NAMESPACE/NAME`);
    const key = `${name}@${revision}`;
    const known = opened.get(key) ?? openDataset(name, revision, env);
    opened.set(key, known);
    return known;
  };
}
