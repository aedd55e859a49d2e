import type { DpoConfig } from "../config.ts";
import type { BatchPlan } from "../data/batch-plan.ts";
import { DpoError } from "../errors.ts";
import { type BestSoFar, updateBest } from "./best-so-far.ts";
import { isGreaterBetter } from "./evaluation-fields.ts";

type Settings = Pick<
  DpoConfig,
  | "eval_strategy"
  | "eval_steps"
  | "metric_for_best_model"
  | "greater_is_better"
  | "early_stopping_patience"
  | "early_stopping_threshold"
>;

/** Whether an evaluation follows an update (steps done: 1, 2, …): by steps or epochs, and after the last one. */
export function isEvaluationDue(step: number, plan: BatchPlan, { eval_strategy, eval_steps }: Settings): boolean {
  if (eval_strategy === "no") return false;
  if (step === plan.totalSteps) return true;
  if (eval_strategy === "steps") return step % eval_steps === 0;
  return Number.isInteger(plan.epochAfter(step - 1));
}

/** Whether so many evaluations brought nothing that the run is over. */
export const isOver = (best: BestSoFar | undefined, { early_stopping_patience: patience }: Settings): boolean =>
  patience !== null && best !== undefined && best.stale >= patience;

/** @throws {DpoError} E_CONFIG where the loss has no such metric; E_NON_FINITE where it is no number */
export function judge(
  metrics: Readonly<Record<string, number>>,
  { best, step }: { readonly best: BestSoFar | undefined; readonly step: number },
  config: Settings,
): BestSoFar {
  const name = config.metric_for_best_model;
  const value = metrics[name];
  if (value === undefined) {
    const known = Object.keys(metrics).join(", ");
    throw new DpoError("E_CONFIG", `metric_for_best_model — expected one that the loss has (${known}), got ${name}`);
  }
  if (!Number.isFinite(value)) {
    throw new DpoError("E_NON_FINITE", `step ${step}: ${name} — expected a finite number, got ${value}`);
  }
  const options = { greaterIsBetter: isGreaterBetter(config), threshold: config.early_stopping_threshold };
  return updateBest(best, { step, value }, options);
}
