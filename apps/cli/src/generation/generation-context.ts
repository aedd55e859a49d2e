import { join } from "node:path";

import { createNodeFetch } from "@prefdelta/preference/node";

import type { Json } from "../files/canonical-json.ts";
import type { RecipePair, RecipeSide } from "../recipe/recipe-schema.ts";
import type { RunContext } from "../run/run-context.ts";
import type { AnsweringModel } from "./answering-model.ts";
import { createBudget, type BudgetLimits } from "./budget.ts";
import type { LocalModel, ServerModel } from "./generation-schema.ts";
import { localModel } from "./local-model.ts";
import { checkServerModels, serverModel } from "./server-model.ts";
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

  const server = async (name: string, spec: ServerModel, searches: boolean): Promise<AnsweringModel> => {
    const tool = searches ? await run.searchTool() : undefined;
    const { search: inputs } = (await run.answerInputs()) as { search: Json };
    const search = tool === undefined ? undefined : { tool, inputs };
    return serverModel(spec, { env, fetch, random: run.random.fork("retries", name), concurrency, search });
  };

  const usedServers = (): Record<string, ServerModel> => {
    const names = pairs.filter(usesStore).flatMap(({ chosen, rejected }) => [chosen, rejected, recipe.generate.judge]);
    const used = names.flatMap((side) => {
      const spec = typeof side === "string" ? models[side] : undefined;
      return typeof side === "string" && spec !== undefined && "urls" in spec ? [[side, spec] as const] : [];
    });
    return Object.fromEntries(used);
  };

  let checked: Promise<void> | undefined;
  return {
    run,
    budget: createBudget(limits),
    /** Where answers, and prompts that were sifted, outlive the command. */
    storeFolder: store === undefined ? join(run.folder, "responses") : locate(store),
    /** `searches`: with the recipe's search tool, where it has one. */
    model(side: RecipeSide, { searches = true } = {}): Promise<AnsweringModel> {
      if (typeof side !== "string") {
        const { model: folder, ...sampling } = side;
        return local({ folder, ...sampling }, searches);
      }
      const spec = models[side]!;
      return "urls" in spec ? server(side, spec, searches) : local(spec, searches);
    },
    /** Checks the servers of all pairs, when it is first called. @throws CliError E_SERVERS */
    checkServers: (signal: AbortSignal) => (checked ??= checkServerModels(usedServers(), { env, fetch, signal })),
  };
}
