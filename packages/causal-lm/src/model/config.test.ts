import { describe, expect, it } from "vitest";
import { parseModelConfig } from "./config.ts";

const valid = {
  model_type: "qwen3",
  vocab_size: 151_936,
  hidden_size: 1024,
  intermediate_size: 3072,
  num_hidden_layers: 28,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  head_dim: 128,
  rope_theta: 1_000_000,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16", // foreign keys are none of our business
};

describe("parseModelConfig", () => {
  it("reads Qwen3-0.6B's config", () => {
    expect(parseModelConfig(valid)).toMatchObject({ headDim: 128, layers: 28, ropeTheta: 1e6, tiedHead: true });
  });

  it("finds the rotary base where transformers 5 puts it", () => {
    const { rope_theta, ...rest } = valid;
    expect(parseModelConfig({ ...rest, rope_parameters: { rope_theta, rope_type: "default" } }).ropeTheta).toBe(1e6);
  });

  it("divides the hidden size among the heads where head_dim is absent", () => {
    const { head_dim: _, ...rest } = valid;
    expect(parseModelConfig(rest).headDim).toBe(64);
  });

  it("lists every key that is wrong", () => {
    const broken = { ...valid, model_type: "mamba", hidden_size: -1, vocab_size: "many" };
    expect(() => parseModelConfig(broken, "here/config.json")).toThrow(
      expect.objectContaining({
        code: "E_MODEL_CONFIG",
        message: expect.stringMatching(
          /^here\/config\.json(?=[\s\S]*model_type)(?=[\s\S]*vocab_size)(?=[\s\S]*hidden_size)/,
        ) as string,
      }),
    );
  });

  it.each([
    ["heads that do not share evenly", { num_key_value_heads: 5 }, /multiple of num_key_value_heads \(5\), got 16/],
    ["an odd head", { head_dim: 3 }, /head_dim — expected an even number, got 3/],
    ["scaled rotary embeddings", { rope_scaling: { rope_type: "yarn", factor: 4 } }, /rope_scaling\.rope_type/],
  ])("refuses %s", (_, change, message) => {
    expect(() => parseModelConfig({ ...valid, ...change })).toThrow(message);
  });
});

describe("architectures", () => {
  const { head_dim: _, ...base } = valid;

  it("gives Qwen2 biases on queries, keys and values, and no head norms", () => {
    const config = parseModelConfig({ ...base, model_type: "qwen2" });
    expect(config.queryKeyNorm).toBe(false);
    expect(config.biases).toEqual(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]);
  });

  it("gives Llama biases only where attention_bias asks, and then on the output too", () => {
    expect(parseModelConfig({ ...base, model_type: "llama" }).biases).toEqual([]);
    expect(parseModelConfig({ ...base, model_type: "llama", attention_bias: true }).biases).toContain(
      "self_attn.o_proj",
    );
  });

  it("reads Llama 3.1's rope from either key", () => {
    const scaling = {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
    };
    const expected = { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 8192 };
    const older = parseModelConfig({ ...base, model_type: "llama", rope_scaling: scaling });
    const newer = parseModelConfig({ ...base, model_type: "llama", rope_parameters: { ...scaling, rope_theta: 5e5 } });
    expect(older.ropeScaling).toEqual(expected);
    expect(newer).toMatchObject({ ropeTheta: 5e5, ropeScaling: expected });
  });

  it("has as many keys as query heads where num_key_value_heads is absent", () => {
    const { num_key_value_heads: __, ...rest } = base;
    expect(parseModelConfig({ ...rest, model_type: "llama" }).keyValueHeads).toBe(16);
  });
});
