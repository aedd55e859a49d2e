import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { deserialize } from "@prefdelta/safetensors";
import { encodeGguf } from "../gguf/encode-gguf.ts";

/** A random two-layer Qwen3; made by tooling/peers/qwen3_golden.py. */
const folder = new URL("../../../causal-lm/src/__fixtures__/tiny-qwen3/", import.meta.url);
export const tinyQwen3 = fileURLToPath(folder);

const layerNames = {
  input_layernorm: "attn_norm",
  post_attention_layernorm: "ffn_norm",
  "self_attn.q_norm": "attn_q_norm",
  "self_attn.k_norm": "attn_k_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};

/** tiny-qwen3 as llama.cpp loads it, in F32; its tokens bear only their numbers. */
export async function tinyBaseGguf(): Promise<Buffer> {
  const config = JSON.parse(await readFile(new URL("config.json", folder), "utf8")) as Record<string, number> & {
    rope_parameters: { rope_theta: number };
  };
  const { tensors } = deserialize(await readFile(new URL("model.safetensors", folder)));
  const names = Array.from({ length: config["vocab_size"]! }, (_, i) => `<${i}>`);
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
        ["tokenizer.ggml.pre", { string: "qwen2" }],
        ["tokenizer.ggml.tokens", { strings: names }],
        ["tokenizer.ggml.token_type", { i32s: names.map(() => 1) }],
        ["tokenizer.ggml.merges", { strings: ["< >"] }],
        ["tokenizer.ggml.eos_token_id", { u32: names.length - 1 }],
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

function ggufName(path: string): string {
  const match = /^model\.layers\.(\d+)\.(.+)$/.exec(path);
  if (match !== null) return `blk.${match[1]}.${layerNames[match[2] as keyof typeof layerNames]}`;
  return path === "model.norm" ? "output_norm" : "token_embd";
}
