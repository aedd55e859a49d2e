import { z } from "zod";
import { CausalLmError } from "../errors.ts";

// A checkpoint's config.json belongs to transformers: read what the decoder needs, leave the rest alone.
const schema = z.object({
  model_type: z.literal("qwen3"),
  vocab_size: z.int().positive(),
  hidden_size: z.int().positive(),
  intermediate_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive(),
  head_dim: z.int().positive().optional(),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().optional(),
  // transformers 5 moved the base of the rotary embedding in here.
  rope_parameters: z
    .object({ rope_theta: z.number().positive().optional(), rope_type: z.string().default("default") })
    .nullish(),
  rope_scaling: z.object({ rope_type: z.string().default("default") }).nullish(),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.literal(false).default(false),
  use_sliding_window: z.literal(false).default(false),
  hidden_act: z.literal("silu").default("silu"),
  max_position_embeddings: z.int().positive().default(32_768),
});

/** Shape of a Qwen3 decoder. Names follow transformers' Qwen3Config. */
export interface ModelConfig {
  readonly architecture: "qwen3";
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly queryHeads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  readonly tiedHead: boolean;
  readonly maxPositions: number;
}

function rules(config: ModelConfig, ropeTypes: readonly string[]): string[] {
  const problems: string[] = [];
  if (config.queryHeads % config.keyValueHeads !== 0) {
    problems.push(
      `num_attention_heads — expected a multiple of num_key_value_heads (${config.keyValueHeads}), got ${config.queryHeads}`,
    );
  }
  if (config.headDim % 2 !== 0) problems.push(`head_dim — expected an even number, got ${config.headDim}`);
  for (const type of ropeTypes) {
    if (type !== "default") problems.push(`rope_type — expected "default", got "${type}"`);
  }
  return problems;
}

/**
 * Reads the parsed config.json of a checkpoint.
 *
 * @throws {CausalLmError} E_MODEL_CONFIG with every problem found.
 */
export function parseModelConfig(json: unknown, where = "config.json"): ModelConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new CausalLmError(
      "E_MODEL_CONFIG",
      `${where}: not a supported model config\n${z.prettifyError(parsed.error)}`,
    );
  }
  const raw = parsed.data;
  const config: ModelConfig = {
    architecture: raw.model_type,
    vocabSize: raw.vocab_size,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    queryHeads: raw.num_attention_heads,
    keyValueHeads: raw.num_key_value_heads,
    headDim: raw.head_dim ?? raw.hidden_size / raw.num_attention_heads,
    normEpsilon: raw.rms_norm_eps,
    ropeTheta: raw.rope_parameters?.rope_theta ?? raw.rope_theta ?? 10_000,
    tiedHead: raw.tie_word_embeddings,
    maxPositions: raw.max_position_embeddings,
  };
  const ropeTypes = [raw.rope_parameters?.rope_type, raw.rope_scaling?.rope_type].filter((type) => type !== undefined);
  const problems = rules(config, ropeTypes);
  if (problems.length > 0) throw new CausalLmError("E_MODEL_CONFIG", `${where}: ${problems.join("; ")}`);
  return config;
}
