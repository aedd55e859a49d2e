import { describe, expect, it } from "vitest";
import { parseDpoConfig } from "./config.ts";

const problemsOf = (input: unknown): string => {
  try {
    parseDpoConfig(input, "dpo.yaml");
  } catch (error) {
    expect(error).toMatchObject({ name: "DpoError", code: "E_CONFIG" });
    return (error as Error).message;
  }
  throw new Error("expected to be refused");
};

describe("parseDpoConfig", () => {
  it("takes β from the loss and alpha from the rank", () => {
    expect(parseDpoConfig({})).toMatchObject({ loss_type: "sigmoid_norm", beta: 5, lora_r: 16, lora_alpha: 16 });
    expect(parseDpoConfig({ loss_type: "sigmoid", lora_r: 8 })).toMatchObject({ beta: 0.1, lora_alpha: 8 });
    expect(parseDpoConfig({ beta: 0.5, lora_alpha: 32 })).toMatchObject({ beta: 0.5, lora_alpha: 32 });
    expect(parseDpoConfig({ loss_type: ["sft", "ipo"] })).toMatchObject({ beta: 5 });
    expect(parseDpoConfig({ loss_type: ["sigmoid", "sft"], loss_weights: [1, 0.2] })).toMatchObject({ beta: 0.1 });
  });

  it("is a fixed point of itself", () => {
    const config = parseDpoConfig({ loss_type: "sigmoid", max_steps: 40 });
    expect(parseDpoConfig(config)).toEqual(config);
  });

  it("lists every problem at once, with key and what was found", () => {
    const message = problemsOf({
      learning_rate: "fast",
      loss_type: "ppo",
      lora_r: 0,
      learnin_rate: 1,
      max_length: 1.5,
    });
    expect(message).toMatch(/^dpo\.yaml: /);
    expect(message).toMatch(/learning_rate — .*expected number.*got "fast"/);
    expect(message).toMatch(/loss_type — .*"sigmoid_norm".*got "ppo"/);
    expect(message).toMatch(/lora_r — .*got 0/);
    expect(message).toMatch(/max_length — .*got 1\.5/);
    expect(message).toMatch(/learnin_rate/);
  });

  it.each([
    [
      { lr_scheduler_type: "cosine_with_min_lr" },
      /lr_scheduler_kwargs — expected one of min_lr and min_lr_rate.*got neither/,
    ],
    [
      { lr_scheduler_type: "cosine_with_min_lr", lr_scheduler_kwargs: { min_lr: 0, min_lr_rate: 0 } },
      /lr_scheduler_kwargs — .*got both/,
    ],
    [{ lr_scheduler_kwargs: { min_lr_rate: 0.1 } }, /expected none for linear, got min_lr_rate/],
    [
      { lr_scheduler_type: "cosine_with_min_lr", learning_rate: 1e-3, lr_scheduler_kwargs: { min_lr: 1e-2 } },
      /lr_scheduler_kwargs\.min_lr — expected at most learning_rate \(0\.001\), got 0\.01/,
    ],
    [{ loss_type: [] }, /loss_type — .*expected array to have >=1 items, got \[\]/],
    [
      { loss_type: ["sigmoid", "ipo"], loss_weights: [1] },
      /loss_weights — expected one for each loss \(sigmoid, ipo\), got 1\nbeta — .*\(sigmoid 0\.1, ipo 5\)/,
    ],
    [
      { loss_type: "exo_pair" },
      /label_smoothing — expected a value above 0 .*for exo_pair, got 0; its paper takes 0\.001/,
    ],
    [
      { loss_type: "robust", label_smoothing: 0.5 },
      /label_smoothing — expected a value below 0\.5 for robust, got 0\.5/,
    ],
    [
      { loss_type: "sigmoid", label_smoothing: 0.1 },
      /label_smoothing — expected 0 for sigmoid, got 0\.1; .*exo_pair, robust/,
    ],
    [
      { loss_type: ["sigmoid", "nca_pair"], f_divergence_type: "forward_kl" },
      /f_divergence_type — expected reverse_kl \(others go with sigmoid, .*sft\) for nca_pair/,
    ],
    [{ loss_type: "aot", use_weighting: true }, /use_weighting — expected false .*for aot/],
    [{ loss_type: ["sigmoid", "sft"], use_weighting: true }, /use_weighting — expected false .*for sft/],
    [{ loss_type: "simpo", ld_alpha: 0.5 }, /ld_alpha — expected null .*for simpo/],
    [{ loss_type: "simpo", reference: "initial_adapter" }, /reference — expected base for simpo, which have no ref/],
    [{ reference: "merged" }, /reference — .*"base"\|"initial_adapter".*got "merged"/],
    [{ rank_pattern: { "(": 2 } }, /rank_pattern.* — Invalid key/],
    [{ lora_target_modules: "(" }, /lora_target_modules — expected a regular expression/],
    [{ modules_to_save: ["lm_head"] }, /modules_to_save.* — expected none: weights beside the LoRA/],
    [{ lora_dropout: 1 }, /lora_dropout — .*expected number to be <1, got 1/],
    [{ warmup_steps: 3, warmup_ratio: 0.1 }, /warmup_steps — expected 0 with warmup_ratio 0\.1, got 3/],
    [{ warmup_steps: 1.5 }, /warmup_steps — expected a whole number, or one below 1, got 1\.5/],
    [{ max_steps: 0 }, /max_steps — expected a positive number or -1, got 0/],
  ])("refuses %j", (input, message) => {
    expect(problemsOf(input)).toMatch(message);
  });
});
