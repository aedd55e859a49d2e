import { join } from "node:path";

import { dpoConfigSchema, oldNameWarnings, parseDpoConfig } from "@prefdelta/dpo";

import type { Json } from "../files/canonical-json.ts";
import { trainConfig } from "../recipe/train-config.ts";
import type { Stage } from "../stages/stage.ts";
import { streamPairs } from "../training/stream-pairs.ts";
import { describeTraining, trainAdapter } from "../training/train-adapter.ts";
import type { TrainOverrides } from "../recipe/train-settings.ts";
import { writeTraining } from "../training/write-training.ts";
import type { RunContext } from "./run-context.ts";

export interface TrainStageOptions {
  /** The pairs it learns from, by name, in the recipe's order. */
  readonly pairs: readonly string[];
  readonly overrides: TrainOverrides;
}

/** `train/NAME`: one LoRA on the base, from the pairs of one or several generate stages. */
export async function trainStage(
  name: string,
  { pairs, overrides }: TrainStageOptions,
  run: RunContext,
): Promise<Stage> {
  const { recipe, engine, locate, fingerprints, folder } = run;
  const id = `train/${name}`;
  const needs = pairs.map((pair) => `generate/${pair}`);
  const given = trainConfig(recipe, overrides);
  const { save_steps, ...config } = parseDpoConfig(given, id);
  return {
    id,
    needs,
    inputs: {
      base: recipe.base,
      weights: await fingerprints.folder(locate(recipe.base)),
      config: config as unknown as Json,
      runtime: engine.description,
    },
    async run({ output, work, folderOf, reporter, signal }) {
      for (const warning of oldNameWarnings(dpoConfigSchema.parse(given))) reporter.line(`warning: ${id}: ${warning}`);
      const result = await trainAdapter({
        label: id,
        lm: await engine.model(locate(recipe.base)),
        pairs: streamPairs(needs.map((need) => join(folderOf(need), "pairs.jsonl"))),
        config: { ...config, save_steps },
        baseModel: recipe.base,
        work,
        output,
        referenceDir: join(folder, ".reference"),
        reporter,
        signal,
      });
      for (const { message } of result.verdicts) reporter.line(`verdict: ${id}: ${message}`);
      await writeTraining(output, result);
      return describeTraining(result);
    },
  };
}
