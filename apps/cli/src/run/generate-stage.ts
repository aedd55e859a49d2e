import { join } from "node:path";

import { modelText, transcriptText } from "@prefdelta/eval";
import { buildPairs } from "@prefdelta/preference";
import type { Item } from "@prefdelta/preference";
import { streamItems } from "@prefdelta/preference/node";

import { answerItems } from "../engine/answer-items.ts";
import type { GenerationContext } from "../generation/generation-context.ts";
import { baseMargin } from "../generation/base-margin.ts";
import { siftedCounts, type SiftedCounts } from "../generation/prepare-prompts.ts";
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
    ...(await generation.marginInputs()),
  };
}

/** @throws TypeError for a named model, whose pair goes through the store */
function folderOf(side: RecipeSide): Exclude<RecipeSide, string> {
  if (typeof side === "string") throw new TypeError(`${side}: expected a model folder`);
  return side;
}

interface OwnPrompts {
  readonly items: readonly Item[];
  readonly counts: SiftedCounts;
}

async function itemsOf({ prompts }: RecipePair, generation: GenerationContext): Promise<OwnPrompts> {
  const items: Item[] = [];
  if (typeof prompts === "string") {
    items.push(...(await generation.run.prompts(prompts)));
    const all = { read: items.length, kept: items.length, exact: 0, near: 0, contaminated: 0 };
    return { items, counts: siftedCounts(all, prompts) };
  }
  const opened = await openPrompts(prompts, generation);
  for await (const item of streamItems(opened.items)) items.push(item);
  return { items, counts: siftedCounts(opened.counts, prompts) };
}

async function generateOwn(
  { name, pair }: { name: string; pair: RecipePair },
  generation: GenerationContext,
  stage: StageContext,
): Promise<string> {
  const { run } = generation;
  const { items, counts: prompts } = await itemsOf(pair, generation);
  const label = `generate/${name}`;
  const answer = async (side: "chosen" | "rejected") => {
    const { model, ...sampling } = folderOf(pair[side]);
    const lm = await run.engine.model(run.locate(model));
    const transcripts = await answerItems(items, {
      label: `${label} ${side}`,
      lm,
      answers: run.recipe.answers,
      sampling,
      search: await run.searchTool(),
      random: run.random.fork("generate", name, side),
      log: join(stage.work, `${side}.answers.jsonl`),
      reporter: stage.reporter,
      signal: stage.signal,
    });
    const tokens = new Map(items.map(({ id }, i) => [id, lm.tokenizer.encode(modelText(transcripts[i]!)).length]));
    return { model, responses: transcripts.map(transcriptText), tokens };
  };
  const chosen = await answer("chosen");
  const { filters, verify } = run.recipe.generate;
  const isCorrect = verifyAnswer(verify);
  const rejected = await answer("rejected");
  const built = buildPairs({ items, chosen, rejected, filters, isCorrect });
  const itemOf = new Map(items.map((item) => [item.id, item]));
  const { counts } = await writeDiagnosedPairs(stage.output, {
    ...{ ...built, prompts, margin: baseMargin(label, generation, stage) },
    knownOf: ({ prompt_id: id }) => ({
      tokens: { chosen: chosen.tokens.get(id)!, rejected: rejected.tokens.get(id)! },
      isCorrect: (text) => isCorrect(itemOf.get(id)!, text),
    }),
  });
  return describeCounts(counts);
}
