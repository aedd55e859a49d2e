import { stat } from "node:fs/promises";
import { join } from "node:path";

import type { KeyPath } from "../config/key-path.ts";
import { hubAddressProblem, isHubAddress } from "../files/hub-files.ts";
import type { RecipeProblem } from "./recipe-rules.ts";
import type { Recipe, RecipePair, RecipeSide } from "./recipe-schema.ts";

interface NamedPath {
  readonly key: KeyPath;
  readonly path: string;
  readonly kind: "model" | "file";
}

/** Every path of a recipe that is not there: all of them are looked at before anything is run. */
export async function recipePathProblems(recipe: Recipe, locate: (path: string) => string): Promise<RecipeProblem[]> {
  const problems: RecipeProblem[] = [];
  for (const { key, path, kind } of namedPaths(recipe)) {
    const located = locate(path);
    if (kind === "file" && isHubAddress(path)) {
      const message = hubAddressProblem(path);
      if (message !== undefined) problems.push({ path: key, message });
    } else if (kind === "file" && !(await isFile(located))) {
      problems.push({ path: key, message: `expected a file, found none at ${located}` });
    }
    if (kind === "model" && path.endsWith(".gguf")) {
      problems.push({
        path: key,
        message: "expected a model folder; generate.models takes GGUF files, as {gguf: PATH}",
      });
    } else if (kind === "model" && !(await isFile(join(located, "config.json")))) {
      problems.push({ path: key, message: `expected a model folder with a config.json, found none at ${located}` });
    }
  }
  return problems;
}

function namedPaths(recipe: Recipe): NamedPath[] {
  const { base, search, pairs } = recipe;
  return [
    { key: ["base"], path: base, kind: "model" },
    ...(search === undefined ? [] : [{ key: ["search", "corpus"], path: search.corpus, kind: "file" } as const]),
    ...Object.entries(recipe.generate.models).flatMap(([name, model]): NamedPath[] => {
      const key = ["generate", "models", name];
      if ("gguf" in model) return [{ key: [...key, "gguf"], path: model.gguf, kind: "file" }];
      return "folder" in model ? [{ key: [...key, "folder"], path: model.folder, kind: "model" }] : [];
    }),
    ...Object.entries(pairs).flatMap(([name, pair]): NamedPath[] => [
      ...promptPaths(pair.prompts, ["pairs", name, "prompts"]),
      ...sidePaths(pair.chosen, ["pairs", name, "chosen", "model"]),
      ...sidePaths(pair.rejected, ["pairs", name, "rejected", "model"]),
    ]),
    ...Object.entries(recipe.eval?.skills ?? {}).flatMap(([name, { dev, eval: items }]): NamedPath[] => [
      ...(dev === undefined ? [] : [{ key: ["eval", "skills", name, "dev"], path: dev, kind: "file" } as const]),
      { key: ["eval", "skills", name, "eval"], path: items, kind: "file" },
    ]),
  ];
}

const sidePaths = (side: RecipeSide, key: KeyPath): NamedPath[] =>
  typeof side === "string" ? [] : [{ key, path: side.model, kind: "model" }];

function promptPaths(prompts: RecipePair["prompts"], key: KeyPath): NamedPath[] {
  if (typeof prompts === "string") return [{ key, path: prompts, kind: "file" }];
  return [
    ...[prompts.file].flat().map((path): NamedPath => ({ key: [...key, "file"], path, kind: "file" })),
    ...prompts.decontaminate.map((source, i): NamedPath => ({
      key: [...key, "decontaminate", i],
      path: typeof source === "string" ? source : source.file,
      kind: "file",
    })),
  ];
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
