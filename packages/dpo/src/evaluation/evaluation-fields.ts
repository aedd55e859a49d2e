import { z } from "zod";
import type { Problem } from "../losses/loss-rules.ts";

const sides = ["chosen", "rejected", "accuracies", "margins"].flatMap((side) =>
  ["rewards", "rewards_per_token"].map((name) => `eval_${name}/${side}` as const),
);
const metricNames = ["eval_loss", "eval_logps/chosen", "eval_logps/rejected", "eval_entropy", ...sides] as const;

const withPrefix = (name: unknown): unknown =>
  typeof name === "string" && !name.startsWith("eval_") ? `eval_${name}` : name;

/** Settings of evaluation, by transformers' names (val_size is LLaMA-Factory's). */
export const evaluationFields = {
  eval_strategy: z.enum(["no", "steps", "epoch"]).default("no"),
  eval_steps: z.int().positive().default(500),
  per_device_eval_batch_size: z.int().positive().default(8),
  /** Pairs set aside for evaluation, by prompt: below 1 a share, else a count. */
  val_size: z.number().nonnegative().default(0),
  /** Whether the adapter is that of the best evaluation, not the last one. */
  load_best_model_at_end: z.boolean().default(false),
  /** With `eval_` before it, or without. */
  metric_for_best_model: z.preprocess(withPrefix, z.enum(metricNames)).default("eval_loss"),
  /** null: unless it is the loss or an entropy. */
  greater_is_better: z.boolean().nullable().default(null),
  /** Stop after so many evaluations that brought nothing; null: never. */
  early_stopping_patience: z.int().positive().nullable().default(null),
  early_stopping_threshold: z.number().nonnegative().default(0),
} as const;

interface EvaluationSettings {
  readonly eval_strategy: "no" | "steps" | "epoch";
  readonly val_size: number;
  readonly load_best_model_at_end: boolean;
  readonly early_stopping_patience: number | null;
  readonly use_weighting: boolean;
}

export function* evaluationRules(settings: EvaluationSettings): Generator<Problem> {
  const { eval_strategy, val_size, load_best_model_at_end, early_stopping_patience, use_weighting } = settings;
  const needs = Object.entries({
    val_size: val_size > 0,
    load_best_model_at_end,
    early_stopping_patience: early_stopping_patience !== null,
  }).flatMap(([name, isAsked]) => (isAsked ? [name] : []));
  if (eval_strategy === "no" && needs.length > 0) {
    yield { path: ["eval_strategy"], message: `expected steps or epoch with ${needs.join(", ")}, got "no"` };
  }
  if (eval_strategy !== "no" && use_weighting) {
    yield { path: ["eval_strategy"], message: "expected no with use_weighting: its loss cannot be had from scores" };
  }
}

/** Whether a larger value of a metric is a better one. */
export const isGreaterBetter = (settings: {
  readonly metric_for_best_model: string;
  readonly greater_is_better: boolean | null;
}): boolean => settings.greater_is_better ?? !/loss|entropy/.test(settings.metric_for_best_model);
