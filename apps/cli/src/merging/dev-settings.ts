import { dirname, resolve } from "node:path";

import { z } from "zod";

import { answerFields, searchSchema } from "../engine/answer-settings.ts";
import { engineArguments } from "../engine/engine-arguments.ts";
import { CliError } from "../errors.ts";
import { parseTasks } from "../evaluation/parse-tasks.ts";
import { hubAddress } from "../files/hub-address.ts";
import type { Arguments } from "../parse-arguments.ts";

const path = z.string().min(1);

/** `dev:` of merge.yaml: whom the merged update is put on, which items it answers, and how. Paths begin at the file's folder. */
export const devSchema = z.strictObject({
  base: path.optional(),
  items: z.union([path, z.array(path).min(1)]).optional(),
  ...answerFields,
  /** A search tool, as in a recipe. */
  search: searchSchema.optional(),
});

/** What λ is chosen on. */
export interface DevSettings extends Omit<z.output<typeof devSchema>, "base" | "items"> {
  readonly base: string;
  /** Files by name. */
  readonly items: Readonly<Record<string, string>>;
}

const flagsOfSearch = ["base", "dev", ...Object.keys(engineArguments)];

/** Flags of `pda merge` that make sense only where λ is searched on dev items. @throws CliError E_USAGE where one is given */
export function refuseDevFlags({ values, flags }: Arguments): void {
  const given = flagsOfSearch.filter((name) => values[name] !== undefined || flags.has(name));
  if (given.length === 0) return;
  const problems = given.map((name) => `--${name}: only with scale: {search: […], on: dev}`);
  throw new CliError("E_USAGE", "no λ is searched", { problems });
}

/**
 * Base model and dev items by the command line (`--base`, `--dev FILE.jsonl,…`; `--into-base` names the base too), else by the file.
 *
 * @param file of the settings; absent: there is none
 * @throws CliError E_USAGE: what is missing
 */
export function devSettings(
  { values }: Arguments,
  written: z.input<typeof devSchema> | undefined,
  file: string | undefined,
): DevSettings {
  const { base, items, search, ...answers } = devSchema.parse(written ?? {});
  const locate = (one: string): string => resolve(file === undefined ? "." : dirname(file), one);
  const model = values["base"] ?? (base === undefined ? values["into-base"] : located(base, locate));
  const named = items === undefined ? undefined : [items].flat().map(locate).join(",");
  const dev = values["dev"] ?? named;
  const problems = [
    ...(model === undefined
      ? ["--base: expected the model that the adapters belong to (or dev.base), found none"]
      : []),
    ...(dev === undefined ? ["--dev: expected files of items with answers (or dev.items), found none"] : []),
  ];
  if (model === undefined || dev === undefined)
    throw new CliError("E_USAGE", "scale is to be searched on dev items", { problems });
  return {
    ...answers,
    base: model,
    items: parseTasks(dev, values["dev"] === undefined ? "dev.items" : "--dev"),
    search: search === undefined ? undefined : { ...search, corpus: locate(search.corpus) },
  };
}

const located = (model: string, locate: (path: string) => string): string =>
  hubAddress(model)?.name === undefined ? locate(model) : model;
