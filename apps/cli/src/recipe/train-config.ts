import type { DpoConfigInput } from "@prefdelta/dpo";

import type { Recipe } from "./recipe-schema.ts";

/** The settings of one training: the recipe's seeds, what all have in common, and what this one has otherwise. */
export function trainConfig(recipe: Recipe, overrides: Omit<DpoConfigInput, "seed">): DpoConfigInput {
  return { seed: recipe.seed, a0_seed: recipe.a0_seed ?? recipe.seed, ...recipe.train, ...overrides };
}
