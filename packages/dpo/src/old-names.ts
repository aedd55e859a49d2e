import { z } from "zod";
import { refusedLoraFields } from "./lora/lora-fields.ts";

/** Arguments of older TRL, and of TRL's memory and machine settings, that users' files still have. They may be given; none is kept. */
export const oldFields = {
  /** Weight of the cross-entropy of the chosen answers: now a mix with sft. */
  rpo_alpha: z.number().positive().nullish(),
  reference_free: z
    .literal(false, { error: 'expected false: for a loss without reference, take "simpo" or "orpo"' })
    .nullish(),
  sync_ref_model: z.literal(false, { error: "expected false: the reference is the frozen base" }).nullish(),
  max_prompt_length: z.int().positive().nullish(),
  max_completion_length: z.int().positive().nullish(),
  label_pad_token_id: z.int().nullish(),
  padding_value: z.int().nullish(),
  generate_during_eval: z.boolean().nullish(),
  precompute_ref_log_probs: z.boolean().nullish(),
  ref_model_init_kwargs: z.record(z.string(), z.unknown()).nullish(),
  model_init_kwargs: z.record(z.string(), z.unknown()).nullish(),
  disable_dropout: z.boolean().nullish(),
  dataset_num_proc: z.int().nullish(),
  gradient_checkpointing: z.boolean().nullish(),
  bf16: z.boolean().nullish(),
  fp16: z.boolean().nullish(),
  report_to: z.union([z.string(), z.array(z.string())]).nullish(),
  logging_steps: z.number().nullish(),
  ...refusedLoraFields,
  use_peft: z.literal(true, { error: "expected true: a LoRA is what is trained" }).nullish(),
} as const;

export type OldName = keyof typeof oldFields;

const outcomes = {
  rpo_alpha: "taken as a mix with sft: loss_type: [LOSS, sft], loss_weights: [1, rpo_alpha]",
  reference_free: "not needed",
  sync_ref_model: "not needed",
  max_prompt_length: "ignored: max_length bounds prompt and answer together",
  max_completion_length: "ignored: max_length bounds prompt and answer together",
  label_pad_token_id: "ignored: masks are kept apart from the tokens",
  padding_value: "ignored: padding is never seen",
  generate_during_eval: "ignored: an evaluation measures log-probs alone",
  precompute_ref_log_probs: "ignored: reference log-probs are always computed once and kept",
  ref_model_init_kwargs: "ignored: the reference is the frozen base",
  model_init_kwargs: "ignored: the engine's options say how the model is held",
  disable_dropout: "ignored: there is no dropout",
  dataset_num_proc: "ignored",
  gradient_checkpointing: "ignored: the engine chooses by memory",
  bf16: "ignored: arithmetic is float32; the engine's options say how weights are stored",
  fp16: "ignored: arithmetic is float32; the engine's options say how weights are stored",
  report_to: "ignored: trackers are given to the trainer as writers; the command line has --tensorboard",
  logging_steps: "ignored: every step is logged",
  lora_dropout: "not needed",
  lora_modules_to_save: "not needed",
  modules_to_save: "not needed",
  use_dora: "not needed",
  lora_bias: "not needed",
  use_peft: "not needed",
} as const satisfies Record<OldName, string>;

type OldSettings = { readonly [Name in OldName]?: unknown };

const isGiven = (settings: OldSettings, name: OldName): boolean =>
  settings[name] !== undefined && settings[name] !== null;

/** One line for each old argument that settings have: what became of it. Empty for settings of today. */
export const oldNameWarnings = (settings: OldSettings): string[] =>
  (Object.keys(outcomes) as OldName[])
    .filter((name) => isGiven(settings, name))
    .map((name) => `${name} — ${outcomes[name]}`);

/** Settings without the old arguments. */
export function withoutOldNames<Settings extends OldSettings>(settings: Settings): Omit<Settings, OldName> {
  const names: readonly string[] = Object.keys(oldFields);
  const kept = Object.entries(settings).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept) as Omit<Settings, OldName>;
}
