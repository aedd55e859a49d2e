/** Where decoders of the Llama family differ. */
export interface Architecture {
  /** Whether queries and keys are normalised, head by head, before they are rotated. */
  readonly queryKeyNorm: boolean;
  /** Paths of the linear maps that have a bias; `attentionBias` is the config's attention_bias. */
  readonly biases: (attentionBias: boolean) => readonly string[];
}

const QUERY_KEY_VALUE = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"];
const whereAsked = (attentionBias: boolean): readonly string[] =>
  attentionBias ? [...QUERY_KEY_VALUE, "self_attn.o_proj"] : [];

/** By model_type, as in transformers 5.18's modeling files. */
export const architectures = {
  /** Yang et al. 2025, https://arxiv.org/abs/2505.09388 */
  qwen3: { queryKeyNorm: true, biases: whereAsked },
  /** Qwen2 and Qwen2.5: Yang et al. 2024, https://arxiv.org/abs/2407.10671. Queries, keys and values always have a bias. */
  qwen2: { queryKeyNorm: false, biases: () => QUERY_KEY_VALUE },
  /** Llama 2, 3 and SmolLM2: Grattafiori et al. 2024, https://arxiv.org/abs/2407.21783 */
  llama: { queryKeyNorm: false, biases: whereAsked },
} satisfies Readonly<Record<string, Architecture>>;
