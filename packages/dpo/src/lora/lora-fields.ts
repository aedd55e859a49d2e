import { z } from "zod";
import { isPattern } from "./module-pattern.ts";

const expression = z.string().min(1).refine(isPattern, "expected a regular expression");

/** Settings of the adapter, by the names of TRL's ModelConfig and PEFT's LoraConfig. */
export const loraFields = {
  lora_r: z.int().positive().default(16),
  /** null: lora_r, so that the scale is 1. */
  lora_alpha: z.number().positive().nullable().default(null),
  /** A name or names, a regular expression of the whole path, or all of a layer's maps. */
  lora_target_modules: z
    .union([expression, z.array(z.string().min(1)).min(1)], {
      error: 'expected "all-linear", a name or a list of names, or a regular expression',
    })
    .default("all-linear"),
  /** The scale is alpha / √r in place of alpha / r. */
  use_rslora: z.boolean().default(false),
  /** Other ranks and alphas, by regular expressions of modules. */
  rank_pattern: z.record(expression, z.int().positive()).default({}),
  alpha_pattern: z.record(expression, z.number().positive()).default({}),
  /** Share of A's inputs that a training step sets to zero. */
  lora_dropout: z.number().min(0).lt(1).default(0),
  /** DoRA: rows of the new weight have norms of their own, which are trained too. */
  use_dora: z.boolean().default(false),
  /** LoRA+: B learns so many times faster than A; null: as fast. */
  loraplus_lr_ratio: z.number().positive().nullable().default(null),
} as const;

const none = z.array(z.string()).max(0, { error: "expected none: weights beside the LoRA are not trained" });

/** What PEFT has and we have not: the value that leaves it out may be given, any other is an error. */
export const refusedLoraFields = {
  lora_modules_to_save: none.nullish(),
  modules_to_save: none.nullish(),
  lora_bias: z.literal("none", { error: 'expected "none": biases are not trained' }).nullish(),
} as const;
