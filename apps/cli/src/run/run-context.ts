import type { Item } from "@prefdelta/preference";
import { readItems } from "@prefdelta/preference/node";
import { createRandom } from "@prefdelta/random";
import type { Random } from "@prefdelta/random";

import { openSearchTool } from "../engine/answer-items.ts";
import type { SearchTool } from "../engine/answer-items.ts";
import type { Engine } from "../engine/engine.ts";
import { readGradedItems } from "../evaluation/read-graded-items.ts";
import type { Json } from "../files/canonical-json.ts";
import type { Fingerprints } from "../files/fingerprint.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";

export interface RunContextOptions {
  readonly recipe: Recipe;
  readonly locate: (path: string) => string;
  readonly engine: Engine;
  readonly fingerprints: Fingerprints;
  /** The run folder. */
  readonly folder: string;
}

/** What the stages of a run share. Everything is read when it is first asked for. */
export interface RunContext extends RunContextOptions {
  /** Draws by label, from the recipe's seed. */
  readonly random: Random;
  /** Items to answer. */
  prompts(path: string): Promise<Item[]>;
  /** Items to answer and to mark. */
  graded(path: string): Promise<Item[]>;
  searchTool(): Promise<SearchTool | undefined>;
  /** The part of every answering stage's inputs that is the same: how answers are written, searched for, and computed. */
  answerInputs(): Promise<Json>;
}

export function createRunContext(options: RunContextOptions): RunContext {
  const { recipe, locate, engine, fingerprints } = options;
  let tool: Promise<SearchTool | undefined> | undefined;
  const openTool = async (): Promise<SearchTool | undefined> =>
    recipe.search === undefined ? undefined : openSearchTool(recipe.search, locate(recipe.search.corpus));
  return {
    ...options,
    random: createRandom(recipe.seed),
    prompts: async (path) => (await readItems(locate(path))).slice(0, recipe.limit),
    graded: async (path) => (await readGradedItems(locate(path))).slice(0, recipe.limit),
    searchTool: () => (tool ??= openTool()),
    async answerInputs() {
      const { search, answers, seed, limit = null } = recipe;
      const searched =
        search === undefined ? null : { ...search, corpus: await fingerprints.file(locate(search.corpus)) };
      return { answers, search: searched as Json, seed, limit, runtime: engine.description };
    },
  };
}
