import { join } from "node:path";

import type { Adapter } from "@prefdelta/lora";
import { mergeFolders } from "@prefdelta/merge/node";

import type { SkillItems } from "../evaluation/evaluate-skills.ts";
import type { Json } from "../files/canonical-json.ts";
import { writeAtomic } from "../files/write-atomic.ts";
import { chooseScale, describeChoice } from "../merging/choose-scale.ts";
import type { ScaleChoice } from "../merging/choose-scale.ts";
import { unlessInterrupted } from "../merging/merge-inputs.ts";
import { mergedAtOne } from "../merging/merged-at-one.ts";
import { tryScales } from "../merging/try-scales.ts";
import type { RecipeMerge } from "../recipe/recipe-schema.ts";
import { interrupted } from "../stages/interrupted.ts";
import type { Stage, StageContext } from "../stages/stage.ts";
import type { RunContext } from "./run-context.ts";

/** `merge/NAME`: the deltas merged; where λ is searched, each λ is tried on the dev items, and the best is kept. */
export async function mergeStage(name: string, options: RecipeMerge, run: RunContext): Promise<Stage> {
  const { recipe, locate, fingerprints } = run;
  const { ablate: _, ...own } = options;
  const { adapters, scale, ...method } = own;
  const names = adapters === "all" ? Object.keys(recipe.pairs) : adapters;
  const searched = typeof scale === "number" ? null : await searchInputs(run);
  return {
    id: `merge/${name}`,
    needs: names.map((adapter) => `train/${adapter}`),
    inputs: {
      options: own as unknown as Json,
      ...(searched === null ? {} : { weights: await fingerprints.folder(locate(recipe.base)), ...searched }),
    },
    async run(stage) {
      const folders = names.map((adapter) => stage.folderOf(`train/${adapter}`));
      const inputs = { folders, names, signal: stage.signal };
      const unlessStopped = <Result>(merge: () => Promise<Result>): Promise<Result> =>
        unlessInterrupted(stage.signal, merge, interrupted(`merge/${name}`));
      const choice =
        typeof scale === "number"
          ? null
          : await searchScale(
              await unlessStopped(() => mergedAtOne(inputs, method, join(stage.work, "merged"))),
              scale.search,
              { run, stage, name },
            );
      const chosen = { ...method, scale: choice?.scale ?? (scale as number) };
      const card = { title: `${recipe.name}: ${name}` };
      const report = await unlessStopped(() =>
        mergeFolders(folders, chosen, { ...inputs, out: stage.output, diagnose: true, card }),
      );
      const document = { ...report, search: choice };
      await writeAtomic(join(stage.output, "report.json"), `${JSON.stringify(document, null, 2)}\n`);
      return choice === null ? `λ ${scale as number}` : describeChoice(choice);
    },
  };
}

/** What the choice of λ depends on besides the adapters. */
async function searchInputs(run: RunContext): Promise<Record<string, Json>> {
  const { recipe, locate, fingerprints } = run;
  const dev: Record<string, string> = {};
  for (const [skill, { dev: path }] of Object.entries(recipe.eval!.skills)) {
    dev[skill] = await fingerprints.file(locate(path!));
  }
  return { dev, ...((await run.answerInputs()) as Record<string, Json>) };
}

/** The λ that is best on the recipe's dev items. */
async function searchScale(
  merged: Adapter,
  scales: readonly number[],
  { run, stage, name }: { run: RunContext; stage: StageContext; name: string },
): Promise<ScaleChoice> {
  const { recipe } = run;
  const skills: Record<string, SkillItems[string]> = {};
  for (const [skill, { dev }] of Object.entries(recipe.eval!.skills)) skills[skill] = await run.graded(dev!);
  const trials = await tryScales(
    merged,
    { scales, skills },
    {
      label: `merge/${name}`,
      lm: await run.engine.model(run.locate(recipe.base)),
      answers: recipe.answers,
      search: await run.searchTool(),
      random: run.random.fork("search", name),
      work: stage.work,
      reporter: stage.reporter,
      signal: stage.signal,
    },
  );
  return chooseScale(trials);
}
