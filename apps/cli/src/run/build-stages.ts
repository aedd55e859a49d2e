import type { Stage } from "../stages/stage.ts";
import { createGeneration } from "../generation/generation-context.ts";
import { evalRows } from "./eval-rows.ts";
import { evalStage } from "./eval-stage.ts";
import { generateStage } from "./generate-stage.ts";
import { mergeStage } from "./merge-stage.ts";
import type { RunContext } from "./run-context.ts";
import { trainStage } from "./train-stage.ts";

/** A recipe as stages, each after the ones it needs; models that run on the base stand together, so that it is loaded once. */
export async function buildStages(run: RunContext): Promise<Stage[]> {
  const { pairs, controls, merge, eval: evaluation } = run.recipe;
  const names = Object.keys(pairs);
  await readEverything(run);
  const stages: Stage[] = [];
  const generation = createGeneration(run, { pairs: Object.values(pairs) });
  for (const [name, pair] of Object.entries(pairs)) stages.push(await generateStage(name, pair, generation));
  for (const [name, { train }] of Object.entries(pairs)) {
    stages.push(await trainStage(name, { pairs: [name], overrides: train }, run));
  }
  for (const [name, { pairs: from, train }] of Object.entries(controls)) {
    stages.push(await trainStage(name, { pairs: from === "all" ? names : from, overrides: train }, run));
  }
  for (const [name, options] of Object.entries(merge)) stages.push(await mergeStage(name, options, run));
  if (evaluation !== undefined) {
    const rows = evalRows(run.recipe).toSorted((a, b) => Number(a.kind === "weak") - Number(b.kind === "weak"));
    for (const row of rows) stages.push(await evalStage(row, run));
  }
  return stages;
}

/** A broken row in the last stage's items is found before the first stage begins. */
async function readEverything(run: RunContext): Promise<void> {
  for (const { prompts } of Object.values(run.recipe.pairs))
    if (typeof prompts === "string") await run.prompts(prompts);
  for (const { dev, eval: items } of Object.values(run.recipe.eval?.skills ?? {})) {
    if (dev !== undefined) await run.graded(dev);
    await run.graded(items);
  }
  await run.searchTool();
}
