import type { TensorEntry } from "@prefdelta/safetensors";
import { describe, expect, it } from "vitest";
import { adapterFacts } from "./adapter-facts.ts";
import { engineNames } from "./engines.ts";
import type { Engine } from "./engines.ts";
import { lintFacts } from "./lint-facts.ts";
import type { EngineLint } from "./lint-facts.ts";
import { lintRules } from "./lint-rules.ts";
import type { LintRule } from "./lint-rules.ts";
import { featureNames } from "../unsupported-features.ts";

type Entries = Map<string, Pick<TensorEntry, "dtype" | "shape">>;

function factors(ranks: Readonly<Record<string, number>>): Entries {
  return new Map(
    Object.entries(ranks).flatMap(([path, rank]) => [
      [`base_model.model.${path}.lora_A.weight`, { dtype: "F32", shape: [rank, 8] }],
      [`base_model.model.${path}.lora_B.weight`, { dtype: "F32", shape: [8, rank] }],
    ]),
  );
}

const q = (layer: number): string => `model.layers.${layer}.self_attn.q_proj`;
const lint = (config: Record<string, unknown>, entries: Entries = factors({ [q(0)]: 4, [q(1)]: 4 })): EngineLint[] =>
  lintFacts(adapterFacts({ peft_type: "LORA", r: 4, lora_alpha: 4, ...config }, entries, "x"));
const verdictsOf = (lints: EngineLint[]): Record<string, string> =>
  Object.fromEntries(lints.map(({ engine, verdict }) => [engine, verdict]));
const findings = (lints: EngineLint[], engine: Engine) => lints.find((one) => one.engine === engine)!.findings;

const fine = { peft: "ok", vllm: "ok", sglang: "ok", "llama.cpp": "needs", lorax: "ok", "tensorrt-llm": "ok" };

describe("scales", () => {
  it("agree everywhere in the portable profile; llama.cpp asks for its own format", () => {
    const lints = lint({});
    expect(verdictsOf(lints)).toEqual(fine);
    expect(findings(lints, "llama.cpp").map(({ rule }) => rule)).toEqual(["gguf"]);
  });

  it("of rslora are √r too small where the key is not read", () => {
    const lints = lint({ use_rslora: true });
    expect(verdictsOf(lints)).toEqual({ ...fine, sglang: "wrong", "llama.cpp": "wrong" });
    expect(findings(lints, "sglang")).toEqual([
      {
        rule: "scale",
        verdict: "wrong",
        message: `2 of 2 layers (such as ${q(0)}) at 0.5 times their scale: takes one lora_alpha / r for all layers; use_rslora is not read`,
        source: expect.stringContaining("sglang/issues/40835") as string,
        exportHelps: true,
      },
    ]);
  });

  it("of alpha_pattern are lost to all but PEFT, told by factor", () => {
    const lints = lint({ alpha_pattern: { "layers.1.*": 16 } });
    const wrong = { vllm: "wrong", sglang: "wrong", "llama.cpp": "wrong", lorax: "wrong", "tensorrt-llm": "wrong" };
    expect(verdictsOf(lints)).toEqual({ peft: "ok", ...wrong });
    expect(findings(lints, "vllm")[0]!.message).toMatch(/^1 of 2 layers \(such as .*layers\.1.*\) at 0\.25 times/);
  });

  it("of rank_pattern are right where the factors' own rank counts", () => {
    const lints = lint({ rank_pattern: { "layers.1.*": 2 } }, factors({ [q(0)]: 4, [q(1)]: 2 }));
    expect(verdictsOf(lints)).toEqual({ ...fine, vllm: "wrong", sglang: "wrong", lorax: "wrong" });
    const rules = (engine: Engine) => findings(lints, engine).map(({ rule, verdict }) => `${rule} ${verdict}`);
    expect(rules("vllm")).toEqual(["scale wrong"]);
    expect(rules("lorax")).toEqual(["scale wrong", "mixed_ranks refused"]);
    expect(rules("tensorrt-llm")).toEqual([]);
  });

  it("that a pattern leaves as they are raise nothing", () => {
    expect(verdictsOf(lint({ alpha_pattern: { q_proj: 4 }, rank_pattern: { q_proj: 4 } }))).toEqual(fine);
  });
});

describe("rules", () => {
  it.each<[string, { config: Record<string, unknown>; entries?: Entries }, Record<string, string>]>([
    ["rank 32", { config: { r: 32, lora_alpha: 32 }, entries: factors({ [q(0)]: 32 }) }, { vllm: "needs" }],
    [
      "rank 128",
      { config: { r: 128, lora_alpha: 128 }, entries: factors({ [q(0)]: 128 }) },
      { vllm: "needs", "tensorrt-llm": "needs" },
    ],
    [
      "DoRA",
      { config: { use_dora: true } },
      { vllm: "refused", "llama.cpp": "refused", lorax: "wrong", sglang: "needs", "tensorrt-llm": "needs" },
    ],
    [
      "whole layers",
      { config: { modules_to_save: ["lm_head"] } },
      { vllm: "refused", "llama.cpp": "refused", lorax: "wrong", sglang: "wrong", "tensorrt-llm": "wrong" },
    ],
    [
      "biases",
      { config: { bias: "lora_only" } },
      { vllm: "refused", "llama.cpp": "refused", lorax: "wrong", sglang: "needs", "tensorrt-llm": "refused" },
    ],
    [
      "aLoRA",
      { config: { alora_invocation_tokens: [1, 2] } },
      { vllm: "wrong", sglang: "wrong", lorax: "wrong", "tensorrt-llm": "wrong" },
    ],
    ["no biases", { config: { bias: "none", modules_to_save: [], use_dora: false } }, {}],
    [
      "an uneven name",
      { config: {}, entries: factors({ [q(0)]: 4, [q(1)]: 4, "model.layers.1.mlp.up_proj": 4 }) },
      { lorax: "wrong" },
    ],
    [
      "lm_head",
      { config: {}, entries: factors({ [q(0)]: 4, lm_head: 4 }) },
      { "tensorrt-llm": "wrong", vllm: "needs" },
    ],
    [
      "a changed base",
      { config: { init_lora_weights: "pissa_niter_4" } },
      { vllm: "wrong", sglang: "wrong", "llama.cpp": "wrong", lorax: "wrong", "tensorrt-llm": "wrong" },
    ],
    ["a common start", { config: { init_lora_weights: "gaussian" } }, {}],
  ])("%s", (_, { config, entries }, expected) => {
    expect(verdictsOf(lint(config, entries))).toEqual({ ...fine, ...expected });
  });

  it("an A without its B is refused, and passed over by PEFT with a warning", () => {
    const entries = factors({ [q(0)]: 4, [q(1)]: 4 });
    entries.delete(`base_model.model.${q(1)}.lora_B.weight`);
    const lints = lint({}, entries);
    expect(verdictsOf(lints)).toMatchObject({ peft: "wrong", vllm: "refused", lorax: "refused" });
    expect(findings(lints, "peft")[0]!.message).toContain(`${q(1)}.lora_B.weight: expected beside`);
  });

  it("tensors that a feature of PEFT's keeps are told as that feature's, and nothing is wrong with PEFT", () => {
    const key = "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta";
    const rows = new Map([...factors({ [q(0)]: 4 }), [key, { dtype: "F32" as const, shape: [2, 8] }]]);
    const tokens = lint({ trainable_token_indices: { embed_tokens: [1, 2] } }, rows);
    const other = { vllm: "refused", "llama.cpp": "refused", lorax: "wrong", sglang: "wrong" };
    expect(verdictsOf(tokens)).toEqual({ ...fine, ...other, "tensorrt-llm": "wrong" });
    expect(findings(tokens, "vllm").map(({ rule }) => rule)).toEqual(["trainable_token_indices"]);
    const projected = new Map([
      ...factors({ [q(0)]: 4 }),
      [`${q(0)}.projection`, { dtype: "F32" as const, shape: [4] }],
    ]);
    const velora = lint({ velora_config: { rank: 1 } }, projected);
    expect(verdictsOf(velora)).toEqual({ ...fine, ...other, "tensorrt-llm": "refused" });
    expect(verdictsOf(lint({}, projected))).toMatchObject({ peft: "wrong", vllm: "refused" });
  });

  it("an embedding's factors are lost to LoRAX, and asked for elsewhere", () => {
    const key = (factor: string): string => `base_model.model.model.embed_tokens.lora_embedding_${factor}`;
    const shape = { dtype: "F32" as const, shape: [8, 4] };
    const lints = lint({}, new Map([...factors({ [q(0)]: 4 }), [key("A"), shape], [key("B"), shape]]));
    expect(verdictsOf(lints)).toEqual({ ...fine, vllm: "needs", lorax: "wrong", "tensorrt-llm": "wrong" });
  });

  it("a copy of the base layer beside its factors, as PEFT saves it for a head, changes nothing", () => {
    const copy = ["base_model.model.lm_head.base_layer.weight", { dtype: "F32" as const, shape: [8, 8] }] as const;
    const head = factors({ [q(0)]: 4, lm_head: 4 });
    expect(lint({}, new Map([...head, copy]))).toEqual(lint({}, head));
  });

  it("a magnitude is told as DoRA, once", () => {
    const key = `base_model.model.${q(0)}.lora_magnitude_vector`;
    const lints = lint({}, new Map([...factors({ [q(0)]: 4 }), [key, { dtype: "F32" as const, shape: [8] }]]));
    expect(findings(lints, "vllm").map(({ rule }) => rule)).toEqual(["dora"]);
  });

  it("tell of every feature that loading refuses, but of transposed layers, whose factors are as any others", () => {
    const on: Record<string, unknown> = { bias: "all", init_lora_weights: "olora", use_dora: true };
    const untold = featureNames.filter((key) => {
      const told = lint({ [key]: on[key] ?? { x: 1 } }).flatMap((one) => one.findings);
      return !told.some(({ message }) => message.startsWith(`${key}: `));
    });
    expect(untold).toEqual(["fan_in_fan_out"]);
  });

  it("each names a source for every engine it concerns", () => {
    for (const { engines } of Object.values<LintRule>(lintRules)) {
      expect(Object.keys(engines).length).toBeGreaterThan(0);
      for (const [engine, consequence] of Object.entries(engines)) {
        expect(engineNames).toContain(engine);
        expect(consequence.source).not.toBe("");
      }
    }
  });

  it("refuse what is no LoRA's config at all", () => {
    expect(() => lint({ peft_type: "IA3" })).toThrow(expect.objectContaining({ code: "E_CONFIG" }));
  });
});
