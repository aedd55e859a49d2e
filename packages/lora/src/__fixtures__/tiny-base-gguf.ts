import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { deserialize } from "@prefdelta/safetensors";
import { encodeGguf } from "../gguf/encode-gguf.ts";
import { blockName, linearNames } from "../gguf/tensor-names.ts";

/** A random two-layer Qwen3; made by tooling/peers/qwen3_golden.py. */
const folder = new URL("../../../causal-lm/src/__fixtures__/tiny-qwen3/", import.meta.url);
export const tinyQwen3 = fileURLToPath(folder);

const layerNames = {
  ...linearNames,
  input_layernorm: "attn_norm",
  post_attention_layernorm: "ffn_norm",
  "self_attn.q_norm": "attn_q_norm",
  "self_attn.k_norm": "attn_k_norm",
};

interface TokenizerFile {
  readonly model: { readonly vocab: Record<string, number>; readonly merges: readonly (readonly [string, string])[] };
  readonly added_tokens: readonly { readonly id: number }[];
}

/** gguf.TokenType */
const [NORMAL, CONTROL] = [1, 3];

/** tiny-qwen3 as llama.cpp loads it, in F32, with its tokenizer and chat template. */
export async function tinyBaseGguf(): Promise<Buffer> {
  const config = JSON.parse(await readFile(new URL("config.json", folder), "utf8")) as Record<string, number> & {
    rope_parameters: { rope_theta: number };
  };
  const { tensors } = deserialize(await readFile(new URL("model.safetensors", folder)));
  const text = (name: string) => readFile(new URL(name, folder), "utf8");
  const tokenizer = JSON.parse(await text("tokenizer.json")) as TokenizerFile;
  const { vocab, merges } = tokenizer.model;
  const names = Object.keys(vocab).toSorted((a, b) => vocab[a]! - vocab[b]!);
  const added = new Set(tokenizer.added_tokens.map(({ id }) => id));
  const key = (name: string): string => `qwen3.${name}`;
  return Buffer.concat([
    ...encodeGguf({
      metadata: [
        ["general.architecture", { string: "qwen3" }],
        [key("block_count"), { u32: config["num_hidden_layers"]! }],
        [key("context_length"), { u32: config["max_position_embeddings"]! }],
        [key("embedding_length"), { u32: config["hidden_size"]! }],
        [key("feed_forward_length"), { u32: config["intermediate_size"]! }],
        [key("attention.head_count"), { u32: config["num_attention_heads"]! }],
        [key("attention.head_count_kv"), { u32: config["num_key_value_heads"]! }],
        [key("attention.key_length"), { u32: config["head_dim"]! }],
        [key("attention.value_length"), { u32: config["head_dim"]! }],
        [key("attention.layer_norm_rms_epsilon"), { f32: config["rms_norm_eps"]! }],
        [key("rope.freq_base"), { f32: config.rope_parameters.rope_theta }],
        ["tokenizer.ggml.model", { string: "gpt2" }],
        ["tokenizer.ggml.pre", { string: "gpt-2" }],
        ["tokenizer.ggml.tokens", { strings: names }],
        ["tokenizer.ggml.token_type", { i32s: names.map((_, id) => (added.has(id) ? CONTROL : NORMAL)) }],
        ["tokenizer.ggml.merges", { strings: merges.map((pair) => pair.join(" ")) }],
        ["tokenizer.ggml.eos_token_id", { u32: config["eos_token_id"]! }],
        ["tokenizer.chat_template", { string: await text("chat_template.jinja") }],
      ],
      tensors: [...tensors].map(([name, { shape, bytes }]) => ({
        name: `${ggufName(name.slice(0, name.lastIndexOf(".")))}.weight`,
        shape,
        dtype: "F32" as const,
        bytes: () => bytes,
      })),
    }),
  ]);
}

const ggufName = (path: string): string =>
  blockName(path, layerNames) ?? (path === "model.norm" ? "output_norm" : "token_embd");
