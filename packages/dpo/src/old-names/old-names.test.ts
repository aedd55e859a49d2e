import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { dpoConfigSchema, parseDpoConfig } from "../config.ts";
import { oldFields, oldNameWarnings } from "./old-names.ts";
import { type OldName, oldRows } from "./old-rows.ts";

// The arguments of TRL and transformers of today: tooling/peers/argument_names.py.
const fixture = await readFile(new URL("../__fixtures__/argument-names.json", import.meta.url), "utf8");
const { names } = JSON.parse(fixture) as { names: string[] };

/** What older versions had: DPOTrainer's own arguments, DPOConfig's until 0.28, TrainingArguments' of transformers 4. */
const gone = [
  ...["label_pad_token_id", "padding_value", "max_prompt_length", "max_completion_length", "max_target_length"],
  ...["is_encoder_decoder", "generate_during_eval", "model_adapter_name", "ref_adapter_name", "reference_free"],
  ...["force_use_ref_model", "rpo_alpha", "ref_model_init_kwargs", "tools", "use_liger_loss", "use_logits_to_keep"],
  ...["use_num_logits_to_keep", "base_model_attribute_name", "evaluation_strategy", "warmup_ratio", "logging_dir"],
  ...["overwrite_output_dir", "group_by_length", "adafactor", "no_cuda", "use_mps_device", "save_safetensors"],
  ...["per_gpu_train_batch_size", "per_gpu_eval_batch_size", "half_precision_backend", "fp16_backend", "torchdynamo"],
  ...["fp16_opt_level", "use_ipex", "jit_mode_eval", "tpu_num_cores", "push_to_hub_token", "torch_dtype"],
];

const known = dpoConfigSchema.shape;
const problemsOf = (input: unknown): string => {
  try {
    parseDpoConfig(input);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe("arguments of TRL and transformers", () => {
  it("are settings of ours, or have a row that says what becomes of them", () => {
    expect([...names, ...gone].filter((name) => !(name in known))).toEqual([]);
    expect(names.length).toBeGreaterThan(150);
  });

  it.each(Object.entries(oldRows))("%s is taken, ignored with a reason, or refused with one", (name, { outcome }) => {
    const refusal = problemsOf({ [name]: "no such value" });
    if (outcome.startsWith("ignored")) expect(outcome).toMatch(/^ignored: .{8}/);
    else expect(refusal).toMatch(new RegExp(`\\n${name} — .*expected .{8}`, "s"));
    if (refusal === "") {
      const parsed = dpoConfigSchema.parse({ [name]: "no such value" });
      expect(oldNameWarnings(parsed)).toEqual([`${name} — ${outcome}`]);
      expect(parseDpoConfig({ [name]: "no such value" })).toEqual(parseDpoConfig({}));
    }
    // What is left out is said by null.
    expect(oldNameWarnings(dpoConfigSchema.parse({ [name]: null }))).toEqual([]);
    expect(parseDpoConfig({ [name]: null })).toEqual(parseDpoConfig({}));
  });

  it.each<[OldName, unknown]>([
    ["sync_ref_model", false],
    ["cpo_alpha", 0],
    ["tools", []],
    ["lora_task_type", "CAUSAL_LM"],
    ["use_peft", true],
    ["optim", "adamw_torch_fused"],
    ["optim", "paged_adamw_8bit"],
    ["label_smoothing_factor", 0],
    ["dataloader_drop_last", false],
    ["push_to_hub", false],
  ])("%s may be %j, and changes nothing", (name, value) => {
    expect(parseDpoConfig({ [name]: value })).toEqual(parseDpoConfig({}));
  });

  it("leave no trace in the settings", () => {
    const old = { rpo_alpha: 0.3, max_prompt_length: 512, label_pad_token_id: -100, padding_value: null };
    expect(oldNameWarnings(dpoConfigSchema.parse(old))).toEqual([
      "rpo_alpha — taken as a mix with sft: loss_type: [LOSS, sft], loss_weights: [1, rpo_alpha]",
      "max_prompt_length — ignored: max_length bounds prompt and answer together",
      "label_pad_token_id — ignored: padding is never seen: masks are kept apart from the tokens",
    ]);
    expect(Object.keys(parseDpoConfig(old)).filter((name) => name in oldFields)).toEqual([]);
  });

  it("are told apart from settings by the schema, so that nobody is advised to write one", () => {
    expect(Object.values(oldFields).every((field) => field.meta()?.["deprecated"] === true)).toBe(true);
  });
});

describe("arguments that are taken", () => {
  it("rpo_alpha is the mix that it was", () => {
    const config = parseDpoConfig({ loss_type: "sigmoid", rpo_alpha: 0.3 });
    expect(config).toMatchObject({ loss_type: ["sigmoid", "sft"], loss_weights: [1, 0.3], beta: 0.1 });
    expect(problemsOf({ loss_type: ["sigmoid", "sft"], rpo_alpha: 0.3 })).toMatch(
      /rpo_alpha — expected none beside a mix/,
    );
    expect(problemsOf({ loss_type: "sigmoid", rpo_alpha: 0.3, use_weighting: true })).toMatch(/use_weighting .* sft/);
  });

  it("evaluation_strategy is eval_strategy", () => {
    expect(parseDpoConfig({ evaluation_strategy: "steps", val_size: 0.1 })).toMatchObject({ eval_strategy: "steps" });
    expect(parseDpoConfig({ evaluation_strategy: "no", eval_strategy: "epoch", val_size: 0.1 })).toMatchObject({
      eval_strategy: "epoch",
    });
  });
});

describe("losses by other names", () => {
  it.each([
    ["aot_pair", "aot_unpaired"],
    ["dpo", "sigmoid"],
    ["dpo_norm", "sigmoid_norm"],
  ])("%s is %s", (old, current) => {
    expect(parseDpoConfig({ loss_type: old })).toEqual(parseDpoConfig({ loss_type: current }));
    expect(oldNameWarnings(dpoConfigSchema.parse({ loss_type: old }))).toEqual([
      `loss_type — ${old} is taken for ${current}`,
    ]);
    const mix = { loss_type: [old, "sft"], beta: 1 };
    expect(parseDpoConfig(mix)).toMatchObject({ loss_type: [current, "sft"] });
  });

  it("those that are gone are refused with what to take", () => {
    expect(problemsOf({ loss_type: "kto_pair" })).toMatch(/loss_type — expected another loss: .*bco_pair and apo_zero/);
    expect(problemsOf({ loss_type: ["sigmoid", "kto_pair"] })).toMatch(/loss_type — expected another loss/);
    expect(problemsOf({ loss_type: "wpo" })).toMatch(/loss_type — expected sigmoid with use_weighting: true/);
  });
});

it("drops nothing where TRL's disable_dropout is given, and what is asked for without it", () => {
  expect(parseDpoConfig({ lora_dropout: 0.05 }).lora_dropout).toBe(0.05);
  expect(parseDpoConfig({ lora_dropout: 0.05, disable_dropout: false }).lora_dropout).toBe(0.05);
  expect(parseDpoConfig({ lora_dropout: 0.05, disable_dropout: true }).lora_dropout).toBe(0);
});
