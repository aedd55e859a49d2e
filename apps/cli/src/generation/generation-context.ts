import { join } from "node:path";

import { createNodeFetch } from "@prefdelta/preference/node";

import type { Json } from "../files/canonical-json.ts";
import type { RecipePair, RecipeSide } from "../recipe/recipe-schema.ts";
import type { RunContext } from "../run/run-context.ts";
import type { AnsweringModel } from "./answering-model.ts";
import { createBudget, type BudgetLimits } from "./budget.ts";
import { checkModels } from "./check-models.ts";
import type { GenerationSettings, GgufModel, LocalModel, ServerModel } from "./generation-schema.ts";
import { ggufModel, ggufProblems } from "./gguf-model.ts";
import { localModel } from "./local-model.ts";
import { serverModel, serverProblems } from "./server-model.ts";
import { usesStore } from "./uses-store.ts";

export interface GenerationOptions extends BudgetLimits {
  /** Pairs that are to be generated. */
  readonly pairs: readonly RecipePair[];
  /** Requests under way at one URL. */
  readonly concurrency?: number | undefined;
}

/** What the generation of several pairs has in common. */
export type GenerationContext = ReturnType<typeof createGeneration>;

export function createGeneration(run: RunContext, { pairs, concurrency, ...limits }: GenerationOptions) {
  const { recipe, locate } = run;
  const { models, store } = recipe.generate;
  const fetch = createNodeFetch();
  const { env } = process;

  const local = async (spec: LocalModel, searches: boolean): Promise<AnsweringModel> => {
    const { limit: _, search, ...rest } = (await run.answerInputs()) as { limit: Json; search: Json };
    const answerInputs = { ...rest, search: searches ? search : null };
    return localModel(spec, {
      engine: run.engine,
      folder: locate(spec.folder),
      weights: await run.fingerprints.folder(locate(spec.folder)),
      answers: recipe.answers,
      search: searches ? await run.searchTool() : undefined,
      answerInputs,
      random: run.random,
    });
  };

  const searching = async (searches: boolean) => {
    const tool = searches ? await run.searchTool() : undefined;
    const { search: inputs } = (await run.answerInputs()) as { search: Json };
    return tool === undefined ? undefined : { tool, inputs };
  };

  const server = async (name: string, spec: ServerModel, searches: boolean): Promise<AnsweringModel> => {
    const search = await searching(searches);
    return serverModel(spec, { env, fetch, random: run.random.fork("retries", name), concurrency, search });
  };

  const placeOf = (spec: GgufModel) => ({ path: locate(spec.gguf), env, threads: recipe.runtime.threads });

  const gguf = async (spec: GgufModel, searches: boolean): Promise<AnsweringModel> => {
    const weights = await run.fingerprints.file(locate(spec.gguf));
    const search = await searching(searches);
    return ggufModel(spec, { ...placeOf(spec), weights, seed: recipe.seed, concurrency, search });
  };

  const usedModels = (): GenerationSettings["models"] => {
    const names = pairs.filter(usesStore).flatMap(({ chosen, rejected }) => [chosen, rejected, recipe.generate.judge]);
    return Object.fromEntries(
      Object.entries(models).filter(([name, spec]) => !("folder" in spec) && names.includes(name)),
    );
  };

  /** What a pair's log-prob margin depends on; nothing where none is asked for. */
  const marginInputs = async (): Promise<{ readonly margin?: Json }> => {
    const { margin } = recipe.generate;
    if (margin === undefined) return {};
    const base = await run.fingerprints.folder(locate(recipe.base));
    return { margin: { pairs: margin, base, seed: recipe.seed, runtime: run.engine.description } };
  };

  let checked: Promise<void> | undefined;
  return {
    run,
    budget: createBudget(limits),
    /** Where answers, and prompts that were sifted, outlive the command. */
    storeFolder: store === undefined ? join(run.folder, "responses") : locate(store),
    marginInputs,
    /** `searches`: with the recipe's search tool, where it has one. */
    model(side: RecipeSide, { searches = true } = {}): Promise<AnsweringModel> {
      if (typeof side !== "string") {
        const { model: folder, ...sampling } = side;
        return local({ folder, ...sampling }, searches);
      }
      const spec = models[side]!;
      if ("urls" in spec) return server(side, spec, searches);
      return "gguf" in spec ? gguf(spec, searches) : local(spec, searches);
    },
    /** Checks the servers and GGUF files of all pairs, when it is first called. @throws CliError E_SERVERS */
    checkModels: (signal: AbortSignal) =>
      (checked ??= checkModels(usedModels(), async (spec) => {
        if ("urls" in spec) return serverProblems(spec, { env, fetch, signal });
        return "gguf" in spec ? ggufProblems(spec, placeOf(spec)) : [];
      })),
  };
}
