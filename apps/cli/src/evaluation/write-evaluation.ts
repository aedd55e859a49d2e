import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { lmEvalResults, lmEvalSample, scoreItems } from "@prefdelta/eval";
import type { BootstrapOptions, Score } from "@prefdelta/eval";
import { writeResults, writeSamples } from "@prefdelta/eval/node";

import type { Json } from "../files/canonical-json.ts";
import type { SkillOutcome } from "./evaluate-skills.ts";

export interface WriteEvaluationOptions {
  readonly bootstrap: BootstrapOptions;
  /** Model, adapter, settings: whatever the numbers depend on. */
  readonly config: Readonly<Record<string, Json>>;
}

/** Writes `results.json` and `samples_SKILL.jsonl` as lm-evaluation-harness does; returns the scores. */
export async function writeEvaluation(
  folder: string,
  outcomes: Readonly<Record<string, SkillOutcome>>,
  { bootstrap, config }: WriteEvaluationOptions,
): Promise<Record<string, Score>> {
  const scores: Record<string, Score> = {};
  await mkdir(folder, { recursive: true });
  for (const [skill, { items, transcripts, results }] of Object.entries(outcomes)) {
    scores[skill] = scoreItems(results, bootstrap);
    const samples = results.map((result, i) =>
      lmEvalSample({ prompt: items[i]!.prompt, transcript: transcripts[i]!, result }, i),
    );
    await writeSamples(join(folder, samplesFile(skill)), samples);
  }
  const tasks = Object.fromEntries(Object.entries(scores).map(([skill, score]) => [skill, { score }]));
  await writeResults(join(folder, "results.json"), lmEvalResults({ tasks, config }));
  return scores;
}

export const samplesFile = (skill: string): string => `samples_${skill}.jsonl`;
