import { dirname, resolve } from "node:path";

import type { z } from "zod";

import { readConfigSource } from "../config/config-source.ts";
import type { ConfigSource } from "../config/config-source.ts";
import type { Override } from "../config/override.ts";
import { formatKeyPath } from "../config/key-path.ts";
import type { KeyPath } from "../config/key-path.ts";
import { configError, parseConfig } from "../config/parse-config.ts";
import { withAblations } from "./ablations.ts";
import { recipePathProblems } from "./recipe-paths.ts";
import { recipeRules } from "./recipe-rules.ts";
import type { RecipeProblem } from "./recipe-rules.ts";
import { recipeSchema } from "./recipe-schema.ts";
import type { Recipe } from "./recipe-schema.ts";

export interface LoadedRecipe {
  readonly recipe: Recipe;
  readonly file: string;
  /** A path of the recipe as an absolute one: the recipe's own folder is where relative ones begin. */
  readonly locate: (path: string) => string;
}

export interface ReadRecipeOptions {
  /** The recipe's own, or one that asks for less. */
  readonly schema?: z.ZodType<Recipe>;
  /** Keys whose files and models must be there; all, unless it is given. */
  readonly looksAt?: (path: KeyPath, recipe: Recipe) => boolean;
}

/**
 * Reads and checks a recipe: its keys and values, its names, and that every file and model it names is there.
 *
 * @throws CliError E_CONFIG with all problems at once (those of the schema first: what is not well-formed cannot be checked further)
 */
export async function readRecipe(
  file: string,
  overrides: readonly Override[] = [],
  { schema = recipeSchema, looksAt = () => true }: ReadRecipeOptions = {},
): Promise<LoadedRecipe> {
  const source = await readConfigSource(file, overrides);
  const recipe = parseConfig(schema, source);
  const folder = dirname(resolve(file));
  const locate = (path: string): string => resolve(folder, path);
  const missing = await recipePathProblems(recipe, locate);
  const problems = [...recipeRules(recipe), ...missing.filter(({ path }) => looksAt(path, recipe))];
  if (problems.length > 0)
    throw configError(
      file,
      problems.map((problem) => formatProblem(problem, source)),
    );
  return { recipe: withAblations(recipe), file, locate };
}

function formatProblem({ path, message }: RecipeProblem, source: ConfigSource): string {
  return `${source.place(path)}  ${formatKeyPath(path)}: ${message}`;
}
