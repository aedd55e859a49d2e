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
    [
      "scaled rotary embeddings",
      { rope_scaling: { rope_type: "yarn", factor: 4 } },
      /rope_type — expected "default", got "yarn"/,
    ],
  ])("refuses %s", (_, change, message) => {
    expect(() => parseModelConfig({ ...valid, ...change })).toThrow(message);
  });
});
