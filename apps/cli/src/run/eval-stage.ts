import { loraFromAdapter } from "@prefdelta/causal-lm";
import { loadAdapter } from "@prefdelta/lora/node";

import { averageAccuracy, evaluateSkills } from "../evaluation/evaluate-skills.ts";
import type { SkillItems } from "../evaluation/evaluate-skills.ts";
import { writeEvaluation } from "../evaluation/write-evaluation.ts";
import type { Json } from "../files/canonical-json.ts";
import type { Stage, StageContext } from "../stages/stage.ts";
import type { EvalRow } from "./eval-rows.ts";
import type { RunContext } from "./run-context.ts";

/** `eval/NAME`: one model on the held-out items of every skill; `results.json` and `samples_SKILL.jsonl`. */
export async function evalStage(row: EvalRow, run: RunContext): Promise<Stage> {
  const { recipe, locate, fingerprints } = run;
  const items: Record<string, string> = {};
  for (const [skill, { eval: path }] of Object.entries(recipe.eval!.skills)) {
    items[skill] = await fingerprints.file(locate(path));
  }
  return {
    id: `eval/${row.name}`,
    needs: row.adapter === null ? [] : [row.adapter],
    inputs: {
      model: row.model,
      weights: await fingerprints.folder(locate(row.model)),
      sampling: { ...row.sampling },
      items,
      draws: recipe.eval!.draws,
      ...((await run.answerInputs()) as object),
    },
    run: (stage) => evaluateRow(row, run, stage),
  };
}

async function evaluateRow(row: EvalRow, run: RunContext, stage: StageContext): Promise<string> {
  const { recipe } = run;
  const skills: Record<string, SkillItems[string]> = {};
  for (const [skill, { eval: path }] of Object.entries(recipe.eval!.skills)) skills[skill] = await run.graded(path);
  const lm = await run.engine.model(run.locate(row.model));
  const adapter = row.adapter === null ? null : await loadAdapter(stage.folderOf(row.adapter), { dora: true });
  const outcomes = await evaluateSkills(skills, {
    label: `eval/${row.name}`,
    lm,
    lora: adapter === null ? undefined : loraFromAdapter(lm.config, adapter),
    answers: recipe.answers,
    sampling: row.sampling,
    search: await run.searchTool(),
    random: run.random.fork("eval", row.name),
    work: stage.work,
    reporter: stage.reporter,
    signal: stage.signal,
  });
  const scores = await writeEvaluation(stage.output, outcomes, {
    bootstrap: { random: run.random.fork("bootstrap"), draws: recipe.eval!.draws },
    config: {
      model: row.model,
      adapter: row.adapter,
      sampling: row.sampling as unknown as Json,
      answers: recipe.answers as unknown as Json,
      seed: recipe.seed,
      runtime: run.engine.description,
    },
  });
  const parts = Object.entries(scores).map(([skill, { value }]) => `${skill} ${(100 * value).toFixed(1)}`);
  return `${parts.join(", ")}; average ${(100 * averageAccuracy(outcomes)).toFixed(1)} %`;
}
