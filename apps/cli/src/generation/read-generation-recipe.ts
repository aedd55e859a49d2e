import { z } from "zod";

import type { Override } from "../config/override.ts";
import { readRecipe } from "../recipe/read-recipe.ts";
import type { LoadedRecipe } from "../recipe/read-recipe.ts";
import { recipeSchema } from "../recipe/recipe-schema.ts";

/** A recipe whose base is not needed: pairs may be made where the model that learns is not. */
const schema = recipeSchema.extend({ base: z.string().default("") });

const needed = new Set(["generate", "pairs", "search"]);

/** Reads a recipe for its pairs alone: models and files of its other parts need not be there. @throws CliError E_CONFIG */
export const readGenerationRecipe = (file: string, overrides: readonly Override[]): Promise<LoadedRecipe> =>
  readRecipe(file, overrides, {
    schema,
    looksAt: ([section], { base, generate }) =>
      needed.has(String(section)) || (section === "base" && base !== "" && generate.margin !== undefined),
  });
