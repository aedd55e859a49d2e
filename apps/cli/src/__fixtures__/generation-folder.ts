import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

/** How many questions {@link generationFolder} writes. */
export const prompts = 60;

export interface GenerationFolder {
  readonly at: (name: string) => string;
  /** Gives its path. */
  readonly writeRecipe: (recipe: object) => Promise<string>;
  readonly rowsOf: (file: string) => Promise<Record<string, unknown>[]>;
  readonly remove: () => Promise<void>;
}

/** A folder with `prompts.jsonl`, questions and their answers, as {@link ladderRecipe} asks for. */
export async function generationFolder(): Promise<GenerationFolder> {
  const folder = await mkdtemp(join(tmpdir(), "pda generate "));
  const at = (name: string): string => join(folder, name);
  const rows = Array.from({ length: prompts }, (_, i) => ({ question: `What follows from ${i}?`, gold: i }));
  await writeFile(at("prompts.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return {
    at,
    async writeRecipe(recipe) {
      await writeFile(at("recipe.yaml"), stringify(recipe, { aliasDuplicateObjects: false }));
      return at("recipe.yaml");
    },
    rowsOf: async (file) =>
      (await readFile(at(file), "utf8"))
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    remove: () => rm(folder, { recursive: true }),
  };
}
