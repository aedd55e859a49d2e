import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAdapterConfig } from "./adapter-config.ts";
import type { AdapterConfig } from "./adapter-config.ts";
import { LoraError } from "./errors.ts";

const parse = (config: unknown): AdapterConfig =>
  parseAdapterConfig(JSON.stringify(config), "a/adapter_config.json").config;

function errorOf(config: unknown): LoraError {
  try {
    parse(config);
  } catch (error) {
    return error as LoraError;
  }
  throw new Error("accepted");
}

describe("parseAdapterConfig", () => {
  it("reads PEFT's own file", () => {
    const path = new URL("__fixtures__/patterns/adapter_config.json", import.meta.url);
    expect(parseAdapterConfig(readFileSync(path, "utf8"), "x").config).toEqual({
      peft_type: "LORA",
      exclude_modules: null,
      layers_pattern: null,
      layers_to_transform: null,
      base_model_name_or_path: null,
      r: 2,
      lora_alpha: 6,
      use_rslora: false,
      use_dora: false,
      rank_pattern: { "layers.1.self_attn.q_proj": 3, q_proj: 1 },
      alpha_pattern: { down_proj: 7, "layers\\.0\\..*": 5 },
      target_modules: expect.arrayContaining(["q_proj", "v_proj", "down_proj"]) as string[],
    });
  });

  it("has PEFT's defaults for a minimal file", () => {
    expect(parse({ peft_type: "LORA" })).toEqual({
      peft_type: "LORA",
      r: 8,
      lora_alpha: 8,
      rank_pattern: {},
      alpha_pattern: {},
    });
  });

  it("keeps every key beside those it needs, known to it or not", () => {
    const text = '{"peft_type": "LORA", "lora_dropout": 0.1, "invented_tomorrow": {"x": [null, 1e-7]}}';
    const { config, raw } = parseAdapterConfig(text, "x");
    expect(config).not.toHaveProperty("invented_tomorrow");
    expect(raw).toEqual({ peft_type: "LORA", lora_dropout: 0.1, invented_tomorrow: { x: [null, 1e-7] } });
  });

  it("reports every broken key at once, with the file", () => {
    const error = errorOf({ peft_type: "LOHA", r: 0, lora_alpha: "16", rank_pattern: { q_proj: 1.5 } });
    expect(error).toMatchObject({ code: "E_CONFIG", file: "a/adapter_config.json" });
    expect(error.problems.map((problem) => problem.split(":")[0])).toEqual([
      "peft_type",
      "r",
      "lora_alpha",
      "rank_pattern.q_proj",
    ]);
    expect(error.message).toContain("\n  lora_alpha: expected number, found string\n");
  });

  it("names a pattern that is no regular expression", () => {
    const { code, problems } = errorOf({
      peft_type: "LORA",
      rank_pattern: { "(": 2 },
      alpha_pattern: { "a)(b": 3 },
      target_modules: "[",
    });
    expect(code).toBe("E_CONFIG");
    expect(problems).toEqual([
      "rank_pattern.(: expected a regular expression, found one that JavaScript cannot read",
      "alpha_pattern.a)(b: expected a regular expression, found one that JavaScript cannot read",
      "target_modules: expected a regular expression, found one that JavaScript cannot read",
    ]);
  });

  it("refuses what is not JSON or not an object", () => {
    expect(() => parseAdapterConfig("{", "f.json")).toThrow(expect.objectContaining({ code: "E_CONFIG" }));
    expect(() => parseAdapterConfig("{", "f.json")).toThrow(/^f\.json: expected JSON, found: /);
    expect(errorOf([]).message).toBe("a/adapter_config.json: expected object, found array");
  });
});

describe("unsupported features", () => {
  it("are refused by name, all at once", () => {
    const error = errorOf({
      peft_type: "LORA",
      use_dora: true,
      lora_bias: true,
      bias: "lora_only",
      modules_to_save: ["lm_head"],
      fan_in_fan_out: true,
      trainable_token_indices: { embed_tokens: [1] },
      init_lora_weights: "pissa_niter_4",
      layer_replication: [[0, 4]],
    });
    expect(error).toMatchObject({ code: "E_UNSUPPORTED", file: "a/adapter_config.json" });
    expect(error.problems.map((problem) => problem.split(":")[0])).toEqual([
      "use_dora",
      "lora_bias",
      "bias",
      "modules_to_save",
      "trainable_token_indices",
      "fan_in_fan_out",
      "init_lora_weights",
      "layer_replication",
    ]);
    expect(error.message).toContain(
      'modules_to_save: unsupported (only low-rank updates are read, not whole layers), found ["lm_head"]',
    );
  });

  it("leave no field of PEFT's LoraConfig aside: each is read, refused when it is on, or has no part in the update", () => {
    // Every field, as PEFT 0.21 wrote it.
    const path = new URL("__fixtures__/qwen3/adapter_config.json", import.meta.url);
    const written = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    const fields = Object.keys(written).filter((key) => key !== "invented_tomorrow");
    const { config } = parseAdapterConfig(readFileSync(path, "utf8"), "x");
    const bookkeeping = ["auto_mapping", "inference_mode", "peft_version", "revision", "task_type"];
    const training = ["lora_dropout", "megatron_config", "megatron_core", "ensure_weight_tying"];
    // Starts of A and B alone, or settings of features that are refused.
    const starts = ["eva_config", "corda_config", "loftq_config", "lora_ga_config", "qalora_group_size"];
    // DoRA is read where it is asked for.
    const read = Object.keys(config).filter((key) => key !== "use_dora");
    const known = [...read, ...bookkeeping, ...training, ...starts];
    const others = fields.filter((field) => !known.includes(field));
    const on: Record<string, unknown> = { bias: "all", init_lora_weights: "olora", use_dora: true };
    const error = errorOf({
      peft_type: "LORA",
      ...Object.fromEntries(others.map((key) => [key, on[key] ?? { x: 1 }])),
    });
    expect(error.code).toBe("E_UNSUPPORTED");
    expect(error.problems.map((problem) => problem.split(":")[0]).toSorted()).toEqual(others.toSorted());
    expect(others).toHaveLength(16);
  });

  it("pass when they are off", () => {
    const off = { use_dora: false, lora_bias: false, bias: "none", modules_to_save: null, layer_replication: [] };
    for (const init_lora_weights of [true, false, "gaussian", "eva", "orthogonal"]) {
      expect(parse({ peft_type: "LORA", ...off, init_lora_weights }).r).toBe(8);
    }
  });
});
