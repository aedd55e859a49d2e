import { z } from "zod";
import { truncationModes } from "./data/truncate-pair.ts";
import { DpoError } from "./errors.ts";
import { evaluationFields, evaluationRules } from "./evaluation/evaluation-fields.ts";
import { lossNamesOf } from "./losses/configured-loss.ts";
import { divergenceNames } from "./losses/divergences.ts";
import { lossRules, type Problem } from "./losses/loss-rules.ts";
import { loraFields } from "./lora/lora-fields.ts";
import { type LossName, lossNames, losses } from "./losses/losses.ts";
import { currentLoss, goneLoss, lossNameSchema } from "./old-names/old-losses.ts";
import { oldFields, withoutOldNames } from "./old-names/old-names.ts";
import type { OldName } from "./old-names/old-rows.ts";
import { scheduleNames } from "./optimizer/schedules.ts";

const schedulesWithMinimum: readonly string[] = ["cosine_with_min_lr", "cosine_warmup_with_min_lr"];

const fields = z.strictObject({
  /** A list is a mix. */
  loss_type: z
    .union([lossNameSchema, z.array(lossNameSchema).min(1)], {
      error: ({ input }) =>
        goneLoss(input) ?? `expected one of ${lossNames.map((name) => `"${name}"`).join(", ")}, or a list of them`,
    })
    .default("sigmoid_norm"),
  /** One for each loss of a mix; null: 1 each. */
  loss_weights: z.array(z.number()).nullable().default(null),
  /** null: the loss' own default. */
  beta: z.number().positive().nullable().default(null),
  /** ε of robust, exo_pair, aot, aot_unpaired and simpo. */
  label_smoothing: z.number().min(0).lt(1).default(0),
  f_divergence_type: z.enum(divergenceNames).default("reverse_kl"),
  /** α of alpha_divergence. */
  f_alpha_divergence_coef: z.number().default(0.5),
  discopop_tau: z.number().positive().default(0.05),
  simpo_gamma: z.number().nonnegative().default(0.5),
  /** LD-DPO: weight of what an answer has beyond the other one's length; null: 1, and not computed. */
  ld_alpha: z.number().min(0).max(1).nullable().default(null),
  /** What the policy is measured against: the base, or the base with the adapter that the run starts from. */
  reference: z.enum(["base", "initial_adapter"]).default("base"),
  /** WPO: pairs weigh as their answers are likely. */
  use_weighting: z.boolean().default(false),
  learning_rate: z.number().positive().default(1e-5),
  lr_scheduler_type: z.enum(scheduleNames).default("linear"),
  lr_scheduler_kwargs: z
    .strictObject({ min_lr: z.number().nonnegative().optional(), min_lr_rate: z.number().min(0).max(1).optional() })
    .default({}),
  /** Share of all steps. */
  warmup_ratio: z.number().min(0).max(1).default(0),
  /** Steps in place of a share of them; below 1 a share, as transformers 5 has it. */
  warmup_steps: z.number().nonnegative().default(0),
  per_device_train_batch_size: z.int().positive().default(8),
  gradient_accumulation_steps: z.int().positive().default(1),
  num_train_epochs: z.number().positive().default(3),
  /** Above 0, it overrides the epochs; −1: by epochs. */
  max_steps: z.int().min(-1).default(-1),
  train_sampling_strategy: z.enum(["random", "sequential"]).default("random"),
  /** 0: no clipping. */
  max_grad_norm: z.number().nonnegative().default(1),
  weight_decay: z.number().nonnegative().default(0),
  adam_beta1: z.number().min(0).lt(1).default(0.9),
  adam_beta2: z.number().min(0).lt(1).default(0.999),
  adam_epsilon: z.number().positive().default(1e-8),
  /** Tokens of a prompt with one answer. null: no limit. */
  max_length: z.int().positive().nullable().default(1024),
  /** What is done with longer pairs: left out, or the answers' ends or the prompt's beginning cut; all of it is counted. */
  truncation_mode: z.enum(truncationModes).default("drop"),
  /** Whether text between <information> and </information> is left out of the log-probs. */
  mask_observations: z.boolean().default(true),
  ...loraFields,
  /** Of the order of pairs. */
  seed: z.int().nonnegative().default(42),
  /** Of the A factors' start; the same for all adapters unless a recipe says otherwise. */
  a0_seed: z.int().nonnegative().default(0),
  /** Steps between checkpoints. */
  save_steps: z.int().positive().default(500),
  ...evaluationFields,
  ...oldFields,
});

type Fields = z.output<typeof fields>;

type Taken = Omit<Fields, "loss_type"> & { readonly loss_type: LossName | LossName[] };

/** Settings by their names of today: old names of losses, the mix that older TRL's rpo_alpha stood for, transformers' evaluation_strategy. */
function takeOldNames(given: Fields): Taken {
  const loss_type =
    typeof given.loss_type === "string" ? currentLoss(given.loss_type) : given.loss_type.map(currentLoss);
  const { rpo_alpha, evaluation_strategy } = given;
  const isMix = rpo_alpha != null && typeof loss_type === "string" && given.loss_weights === null;
  return {
    ...given,
    loss_type,
    ...(isMix ? { loss_type: [loss_type, "sft"], loss_weights: [1, rpo_alpha] } : {}),
    eval_strategy: given.eval_strategy === "no" ? (evaluation_strategy ?? "no") : given.eval_strategy,
  };
}

function* warmupRules({ warmup_steps, warmup_ratio }: Taken): Generator<Problem> {
  if (warmup_steps > 0 && warmup_ratio > 0) {
    yield { path: ["warmup_steps"], message: `expected 0 with warmup_ratio ${warmup_ratio}, got ${warmup_steps}` };
  }
  if (warmup_steps > 1 && !Number.isInteger(warmup_steps)) {
    yield { path: ["warmup_steps"], message: `expected a whole number, or one below 1, got ${warmup_steps}` };
  }
}

/** What is well-formed and makes no sense together. */
function* rules(given: Fields): Generator<Problem> {
  const config = takeOldNames(given);
  yield* lossRules(config);
  yield* evaluationRules(config);
  const { min_lr, min_lr_rate } = config.lr_scheduler_kwargs;
  const minima = [min_lr, min_lr_rate].filter((value) => value !== undefined).length;
  if (schedulesWithMinimum.includes(config.lr_scheduler_type)) {
    if (minima !== 1) {
      const message = `expected one of min_lr and min_lr_rate for ${config.lr_scheduler_type}, got ${minima === 0 ? "neither" : "both"}`;
      yield { path: ["lr_scheduler_kwargs"], message };
    }
  } else if (minima > 0) {
    const message = `expected none for ${config.lr_scheduler_type}, got ${Object.keys(config.lr_scheduler_kwargs).join(", ")}`;
    yield { path: ["lr_scheduler_kwargs"], message };
  }
  if (min_lr !== undefined && min_lr > config.learning_rate) {
    const message = `expected at most learning_rate (${config.learning_rate}), got ${min_lr}`;
    yield { path: ["lr_scheduler_kwargs", "min_lr"], message };
  }
  if (given.rpo_alpha != null && (typeof given.loss_type !== "string" || given.loss_weights !== null)) {
    yield { path: ["rpo_alpha"], message: "expected none beside a mix: give sft a weight in loss_weights" };
  }
  yield* warmupRules(config);
  if (config.max_steps === 0) yield { path: ["max_steps"], message: "expected a positive number or -1, got 0" };
}

/** Settings of a training run; names and meaning as in TRL's DPOConfig, ModelConfig and transformers' TrainingArguments. */
export const dpoConfigSchema = fields.superRefine((config, context) => {
  for (const problem of rules(config)) context.addIssue({ code: "custom", ...problem });
});

/** As a person writes it: everything may be left out. */
export type DpoConfigInput = z.input<typeof dpoConfigSchema>;

/** Settings with every default filled in, those that depend on other settings included. */
export interface DpoConfig extends Omit<Fields, OldName | "loss_type"> {
  readonly loss_type: LossName | readonly LossName[];
  readonly beta: number;
  readonly lora_alpha: number;
}

/** The losses' own β, the same for all of them: sft has no use for one. */
const defaultBeta = (settings: Taken): number => {
  const names = lossNamesOf(settings);
  return losses[names.find((name) => name !== "sft") ?? names[0]!].defaultBeta;
};

/** Fills in what depends on other settings: β on the loss, alpha on the rank, dropout on whether it is disabled. */
export function resolveDpoConfig(parsed: Fields): DpoConfig {
  const settings = takeOldNames(parsed);
  return {
    ...withoutOldNames(settings),
    beta: settings.beta ?? defaultBeta(settings),
    lora_alpha: settings.lora_alpha ?? settings.lora_r,
    lora_dropout: settings.disable_dropout ? 0 : settings.lora_dropout,
  };
}

/**
 * Checks and completes settings.
 *
 * @throws {DpoError} E_CONFIG with every problem found; `where` names the file in it.
 */
export function parseDpoConfig(input: unknown, where = "config"): DpoConfig {
  const parsed = dpoConfigSchema.safeParse(input, { reportInput: true });
  if (parsed.success) return resolveDpoConfig(parsed.data);
  const problems = parsed.error.issues.map(({ path, message, input: got, code }) => {
    const key = path.length === 0 ? "" : `${path.join(".")} — `;
    const found = code === "custom" || code === "unrecognized_keys" ? "" : `, got ${JSON.stringify(got) ?? "nothing"}`;
    return `${key}${message}${found}`;
  });
  throw new DpoError("E_CONFIG", `${where}: not usable settings\n${problems.join("\n")}`);
}
