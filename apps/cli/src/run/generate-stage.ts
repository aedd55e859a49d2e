import { join } from "node:path";

import { transcriptText } from "@prefdelta/eval";
import { buildPairs } from "@prefdelta/preference";
import { writePairs } from "@prefdelta/preference/node";

import { answerItems } from "../engine/answer-items.ts";
import { writeAtomic } from "../files/write-atomic.ts";
import type { RecipePair, RecipeSide } from "../recipe/recipe-schema.ts";
import type { Stage, StageContext } from "../stages/stage.ts";
import type { RunContext } from "./run-context.ts";

/** `generate/NAME`: both models of a pair answer its prompts; `pairs.jsonl` and `counts.json`. */
export async function generateStage(name: string, pair: RecipePair, run: RunContext): Promise<Stage> {
  const { locate, fingerprints } = run;
  const sideInputs = async ({ model, ...sampling }: RecipeSide) => ({
    model,
    weights: await fingerprints.folder(locate(model)),
    ...sampling,
  });
  return {
    id: `generate/${name}`,
    needs: [],
    inputs: {
      prompts: await fingerprints.file(locate(pair.prompts)),
      chosen: await sideInputs(pair.chosen),
      rejected: await sideInputs(pair.rejected),
      ...((await run.answerInputs()) as object),
    },
    run: (stage) => generate(name, pair, { run, stage }),
  };
}

async function generate(
  name: string,
  pair: RecipePair,
  { run, stage }: { run: RunContext; stage: StageContext },
): Promise<string> {
  const items = await run.prompts(pair.prompts);
  const answer = async (side: "chosen" | "rejected") => {
    const { model, ...sampling } = pair[side];
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
  const { pairs, counts } = buildPairs({ items, chosen, rejected: await answer("rejected") });
  await writePairs(join(stage.output, "pairs.jsonl"), pairs);
  await writeAtomic(join(stage.output, "counts.json"), `${JSON.stringify(counts, null, 2)}\n`);
  return `${counts.pairs} pairs of ${counts.prompts} prompts, ${counts.identical} identical, ${counts.empty} empty`;
}
