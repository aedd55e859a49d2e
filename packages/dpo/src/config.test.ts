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
    [{ max_steps: 0 }, /max_steps — expected a positive number or -1, got 0/],
  ])("refuses %j", (input, message) => {
    expect(problemsOf(input)).toMatch(message);
  });
});
