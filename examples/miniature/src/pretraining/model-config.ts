import { specialTokens, vocabularySize } from "../tokenizer/vocabulary.ts";
import type { Shape } from "./ladder.ts";

const idOf = (token: string): number => specialTokens.findIndex(({ content }) => content === token);

const tokens = { bos_token_id: null, eos_token_id: idOf("<|end|>"), pad_token_id: idOf("<|pad|>") };

/** config.json of a Qwen3 model, as transformers and this project read it. */
export function modelConfig(shape: Shape): Record<string, unknown> {
  return {
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    vocab_size: vocabularySize,
    hidden_size: shape.hiddenSize,
    intermediate_size: shape.feedForwardSize,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyValueHeads,
    head_dim: shape.headSize,
    hidden_act: "silu",
    max_position_embeddings: 512,
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    rope_scaling: null,
    attention_bias: false,
    attention_dropout: 0,
    use_sliding_window: false,
    sliding_window: null,
    max_window_layers: shape.layers,
    tie_word_embeddings: true,
    initializer_range: 0.02,
    use_cache: true,
    torch_dtype: "bfloat16",
    ...tokens,
  };
}

/** generation_config.json: greedy, no longer than any answer. */
export const generationConfig: Record<string, unknown> = { do_sample: false, max_new_tokens: 64, ...tokens };
