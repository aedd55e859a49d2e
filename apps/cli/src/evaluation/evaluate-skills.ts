import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { evaluate } from "@prefdelta/eval";
import type { ItemResult, Transcript } from "@prefdelta/eval";
import type { Item } from "@prefdelta/preference";

import { answerItems } from "../engine/answer-items.ts";
import type { AnswerItemsOptions } from "../engine/answer-items.ts";

/** Items by skill. */
export type SkillItems = Readonly<Record<string, readonly Item[]>>;

/** What a model did on one skill. */
export interface SkillOutcome {
  readonly items: readonly Item[];
  readonly transcripts: readonly Transcript[];
  readonly results: readonly ItemResult[];
}

export interface EvaluateSkillsOptions extends Omit<AnswerItemsOptions, "log"> {
  /** Keeps answers through a kill: a file for each skill, named after it. */
  readonly work: string;
}

/** Lets one model answer all items of all skills, and marks the answers. */
export async function evaluateSkills(
  skills: SkillItems,
  { label, work, ...options }: EvaluateSkillsOptions,
): Promise<Record<string, SkillOutcome>> {
  const outcomes: Record<string, SkillOutcome> = {};
  await mkdir(work, { recursive: true });
  for (const [skill, items] of Object.entries(skills)) {
    const log = join(work, `${skill}.answers.jsonl`);
    const transcripts = await answerItems(items, { ...options, label: `${label} ${skill}`, log });
    outcomes[skill] = { items, transcripts, results: evaluate(items, transcripts) };
  }
  return outcomes;
}

/** Share of correct answers. */
export function accuracy(results: readonly ItemResult[]): number {
  return results.filter(({ correct }) => correct).length / results.length;
}

/** Mean of the skills' accuracies, each skill weighing the same. */
export function averageAccuracy(outcomes: Readonly<Record<string, SkillOutcome>>): number {
  const accuracies = Object.values(outcomes).map(({ results }) => accuracy(results));
  return accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length;
}
