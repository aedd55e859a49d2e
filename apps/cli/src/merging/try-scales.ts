import { join } from "node:path";

import { loraFromAdapter } from "@prefdelta/causal-lm";
import type { Adapter } from "@prefdelta/lora";
import { scaleDelta } from "@prefdelta/merge";

import { greedy } from "../engine/greedy.ts";
import { accuracy, averageAccuracy, evaluateSkills } from "../evaluation/evaluate-skills.ts";
import type { EvaluateSkillsOptions, SkillItems } from "../evaluation/evaluate-skills.ts";
import type { ScaleTrial } from "./choose-scale.ts";

/**
 * The base with the merged update at each λ on the dev items, answered greedily. What is answered at a λ is kept in a folder of `work` that is
 * named after it.
 *
 * @param merged at λ 1
 * @throws CliError E_INTERRUPTED
 */
export async function tryScales(
  merged: Adapter,
  { scales, skills }: { readonly scales: readonly number[]; readonly skills: SkillItems },
  { label, lm, work, ...answering }: Omit<EvaluateSkillsOptions, "lora" | "sampling">,
): Promise<ScaleTrial[]> {
  const trials: ScaleTrial[] = [];
  for (const scale of scales) {
    const outcomes = await evaluateSkills(skills, {
      ...answering,
      label: `${label} λ ${scale}`,
      lm,
      lora: loraFromAdapter(lm.config, scaleDelta(merged, scale)),
      sampling: greedy,
      work: join(work, String(scale)),
    });
    trials.push({
      scale,
      skills: Object.fromEntries(Object.entries(outcomes).map(([skill, { results }]) => [skill, accuracy(results)])),
      average: averageAccuracy(outcomes),
    });
  }
  return trials;
}
