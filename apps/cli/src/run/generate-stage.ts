import { join } from "node:path";

import { transcriptText } from "@prefdelta/eval";
import { buildPairs } from "@prefdelta/preference";
import type { Item } from "@prefdelta/preference";
import { streamItems } from "@prefdelta/preference/node";

import { answerItems } from "../engine/answer-items.ts";
import type { GenerationContext } from "../generation/generation-context.ts";
import { openPrompts, promptInputs } from "../generation/stored-prompts.ts";
import { generateStored, storedInputs } from "../generation/stored-stage.ts";
import { usesStore } from "../generation/uses-store.ts";
import { verifyAnswer } from "../generation/verify-answer.ts";
import { describeCounts, writeDiagnosedPairs } from "../generation/write-diagnosed-pairs.ts";
import type { Json } from "../files/canonical-json.ts";
import type { RecipePair, RecipeSide } from "../recipe/recipe-schema.ts";
import type { Stage, StageContext } from "../stages/stage.ts";

/**
 * `generate/NAME`: both models of a pair answer its prompts; `pairs.jsonl`, `counts.json`, `diagnostics.json`. Answers of models that the recipe
 * names are kept for other pairs. Those of plain model folders belong to the pair: what they draw depends on its name and side.
 */
export async function generateStage(name: string, pair: RecipePair, generation: GenerationContext): Promise<Stage> {
  const label = `generate/${name}`;
  const stored = usesStore(pair);
  return {
    id: label,
    needs: [],
    inputs: stored ? await storedInputs({ label, pair }, generation) : await ownInputs(pair, generation),
    run: (stage) =>
      stored ? generateStored({ label, pair }, generation, stage) : generateOwn({ name, pair }, generation, stage),
  };
}

async function ownInputs(pair: RecipePair, generation: GenerationContext): Promise<Json> {
  const { run } = generation;
  const { locate, fingerprints } = run;
  const { filters, verify } = run.recipe.generate;
  const sideInputs = async (side: RecipeSide) => {
    const { model, ...sampling } = folderOf(side);
    return { model, weights: await fingerprints.folder(locate(model)), ...sampling };
  };
  return {
    prompts: await promptInputs(pair.prompts, generation),
    chosen: await sideInputs(pair.chosen),
    rejected: await sideInputs(pair.rejected),
    ...((await run.answerInputs()) as object),
    filters,
    verify,
  };
}

/** @throws TypeError for a named model, whose pair goes through the store */
function folderOf(side: RecipeSide): Exclude<RecipeSide, string> {
  if (typeof side === "string") throw new TypeError(`${side}: expected a model folder`);
  return side;
}

async function itemsOf({ prompts }: RecipePair, generation: GenerationContext): Promise<Item[]> {
  if (typeof prompts === "string") return generation.run.prompts(prompts);
  const items: Item[] = [];
  for await (const item of streamItems((await openPrompts(prompts, generation)).items)) items.push(item);
  return items;
}

async function generateOwn(
  { name, pair }: { name: string; pair: RecipePair },
  generation: GenerationContext,
  stage: StageContext,
): Promise<string> {
  const { run } = generation;
  const items = await itemsOf(pair, generation);
  const answer = async (side: "chosen" | "rejected") => {
    const { model, ...sampling } = folderOf(pair[side]);
    const transcripts = await answerItems(items, {
      label: `generate/${name} ${side}`,
      lm: await run.engine.model(run.locate(model)),
      answers: run.recipe.answers,
      sampling,
      search: await run.searchTool(),
      random: run.random.fork("generate", name, side),
      log: join(stage.work, `${side}.answers.jsonl`),
      reporter: stage.reporter,
      signal: stage.signal,
    });
    return { model, responses: transcripts.map(transcriptText) };
  };
  const chosen = await answer("chosen");
  const { filters, verify } = run.recipe.generate;
  const isCorrect = verifyAnswer(verify);
  const built = buildPairs({ items, chosen, rejected: await answer("rejected"), filters, isCorrect });
  const itemOf = new Map(items.map((item) => [item.id, item]));
  const { counts } = await writeDiagnosedPairs(stage.output, {
    ...built,
    isCorrect: (id, text) => isCorrect(itemOf.get(id)!, text),
  });
  return describeCounts(counts);
}
