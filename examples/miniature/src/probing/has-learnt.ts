import type { CausalLm } from "@prefdelta/causal-lm";
import type { ProbeOptions } from "./probe-skill.ts";
import { shareRight } from "./probe-skill.ts";

/** A specialist stops at the first of every 25th step from 300 on after which 8 % of its greedy answers to the dev questions are right. */
const rule = { from: 300, every: 25, right: 0.08 };

/** Whether a specialist is asked after this step. Before, facts are constant guesses; soon after, all three skills are learnt. */
export const isAskedAfter = (step: number): boolean => step >= rule.from && step % rule.every === 0;

/** Whether a model knows enough of the items' skill to be a weak specialist of it. */
export async function hasLearnt(lm: CausalLm, options: ProbeOptions): Promise<boolean> {
  return (await shareRight(lm, options)) >= rule.right;
}
