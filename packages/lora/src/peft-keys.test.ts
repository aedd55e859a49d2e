import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePeftKey, peftKey } from "./peft-keys.ts";

describe("PEFT's keys", () => {
  it("by hand", () => {
    expect(peftKey("model.layers.0.self_attn.q_proj", "A")).toBe(
      "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
    );
    expect(parsePeftKey("base_model.model.lm_head.lora_B.weight")).toEqual({ path: "lm_head", factor: "B" });
  });

  it("come back from what they were made of", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.constantFrom("A" as const, "B" as const), (path, factor) => {
        expect(parsePeftKey(peftKey(path, factor))).toEqual({ path, factor });
      }),
    );
  });

  it.each([
    ["base_model.model.embed_tokens.lora_embedding_A", "an embedding's factor"],
    ["base_model.model.a.lora_magnitude_vector", "a DoRA magnitude"],
    ["base_model.model.a.lora_B.bias", "a LoRA bias"],
    ["base_model.model.a.lora_A.default.weight", "an adapter's name in the key"],
    ["base_model.model.lm_head.weight", "a whole base parameter"],
    ["base_model.model.lm_head.base_layer.weight", "a copy of the base layer beside its factors"],
    ["base_model.model.embed_tokens.token_adapter.trainable_tokens_delta", "rows of an embedding"],
    ["a.lora_A.weight", "an unknown key"],
    ["base_model.model.lora_A.weight", "an unknown key"],
    ["__proto__", "an unknown key"],
  ])("%s is %s", (key, kind) => {
    expect(parsePeftKey(key)).toEqual({ problem: expect.stringContaining(`${key}: expected `) as string });
    expect(parsePeftKey(key)).toEqual({ problem: expect.stringContaining(`found ${kind}`) as string });
  });
});
