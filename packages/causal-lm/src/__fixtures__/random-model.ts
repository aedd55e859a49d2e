import { createRandom, normal } from "@prefdelta/random";
import { type CausalLm, createCausalLm, type WeightStorage } from "../causal-lm.ts";
import { adaptableModules, type LoraFactors, type LoraWeights } from "../lora.ts";
import { type ModelConfig, parseModelConfig } from "../model/config.ts";
import { weightShapes } from "../model/weights.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** A decoder small enough for tfjs' slowest backend, with every dimension different. */
export const tinyConfig: ModelConfig = parseModelConfig({
  model_type: "qwen3",
  vocab_size: 61,
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  rope_theta: 10_000,
  tie_word_embeddings: true,
});

/** Tokens are code points; 60 ends a turn. */
export const tokenizer: Tokenizer = {
  encode: (text) => Array.from(text, (character) => character.codePointAt(0)! % 60),
  decode: (ids) => String.fromCodePoint(...ids.map((id) => 64 + id)),
  eosId: 60,
  prefixId: 60,
  applyChatTemplate: (messages) => messages.map(({ content }) => content).join("\n"),
  templateHash: "none",
};

/** Random weights, large enough that distributions are far from flat. */
export function randomModel(runtime: Runtime, storage: WeightStorage = "f32"): CausalLm {
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of weightShapes(tinyConfig)) {
    const random = createRandom("weights").fork(name);
    const [rows, columns] = shape;
    const draw =
      columns === undefined ? () => 1 + 0.2 * normal(random) : () => (1.5 * normal(random)) / Math.sqrt(columns);
    weights.set(name, Float32Array.from({ length: rows! * (columns ?? 1) }, draw));
  }
  return createCausalLm({ config: tinyConfig, tokenizer, weights, runtime, storage });
}

/** Factors that move every module. */
export function randomLora(rank = 3): LoraWeights {
  const modules = new Map<string, LoraFactors>();
  for (const [module, [out, input]] of adaptableModules(tinyConfig)) {
    const random = createRandom("lora").fork(module);
    const draw = () => 0.2 * normal(random);
    modules.set(module, {
      A: Float32Array.from({ length: rank * input }, draw),
      B: Float32Array.from({ length: out * rank }, draw),
    });
  }
  return { rank, scale: 0.5, modules };
}
