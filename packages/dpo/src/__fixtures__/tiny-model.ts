import { type CausalLm, createCausalLm, parseModelConfig, type Runtime, type Tokenizer, weightShapes } from "@prefdelta/causal-lm";
import type { Pair } from "@prefdelta/preference";
import { createRandom, integer, normal } from "@prefdelta/random";

const config = parseModelConfig({
  model_type: "qwen3",
  vocab_size: 64,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 8,
  tie_word_embeddings: true,
});

/** Characters from "@" on are tokens; "~" ends a turn, "A" and "B" open them. */
const tokenizer: Tokenizer = {
  encode: (text) => Array.from(text, (character) => character.codePointAt(0)! % 64),
  decode: (ids) => String.fromCodePoint(...ids.map((id) => 64 + id)),
  eosId: 62,
  prefixId: 62,
  applyChatTemplate: (messages, { addGenerationPrompt = false } = {}) =>
    messages.map(({ role, content }) => `${role === "user" ? "A" : "B"}${content}~`).join("") +
    (addGenerationPrompt ? "B" : ""),
  templateHash: "tiny",
};

/** A random decoder that any runtime runs in a moment. */
export function tinyModel(runtime: Runtime): CausalLm {
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of weightShapes(config)) {
    const random = createRandom("tiny").fork(name);
    const [rows, columns] = shape;
    const draw = columns === undefined ? () => 1 : () => normal(random) / Math.sqrt(columns);
    weights.set(name, Float32Array.from({ length: rows! * (columns ?? 1) }, draw));
  }
  return createCausalLm({ config, tokenizer, weights, runtime, folder: "tiny", hash: "tiny" });
}

const word = (label: string, length: number): string => {
  const random = createRandom("words").fork(label);
  return String.fromCodePoint(...Array.from({ length }, () => 97 + integer(random, 26)));
};

/** Pairs of random words of several lengths. */
export const tinyPairs = (count: number): Pair[] =>
  Array.from({ length: count }, (_, i) => ({
    prompt: [{ role: "user", content: word(`prompt ${i}`, 3 + (i % 4)) }],
    chosen: [{ role: "assistant", content: word(`chosen ${i}`, 4 + (i % 3)) }],
    rejected: [{ role: "assistant", content: word(`rejected ${i}`, 2 + (i % 5)) }],
    prompt_id: `pair-${i}`,
    chosen_model: "weak",
    rejected_model: "weaker",
  }));
