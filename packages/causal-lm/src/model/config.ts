import { z } from "zod";
import { CausalLmError } from "../errors.ts";
import { architectures, type Architecture } from "./architectures.ts";

/** Rotary frequencies stretched for long contexts, as Llama 3.1 does. Names follow transformers' rope_scaling. */
export interface Llama3Scaling {
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  readonly originalMaxPositions: number;
}

const theta = { rope_theta: z.number().positive().optional() };
const ropeTypes = z.discriminatedUnion("rope_type", [
  z.object({ ...theta, rope_type: z.literal("default") }),
  z.object({
    ...theta,
    rope_type: z.literal("llama3"),
    factor: z.number().positive(),
    low_freq_factor: z.number().positive(),
    high_freq_factor: z.number().positive(),
    original_max_position_embeddings: z.int().positive(),
  }),
]);

// A rope without a type is the default one; older checkpoints call the key "type".
const rope = z.preprocess((value) => {
  const given = value as { rope_type?: string; type?: string } | null | undefined;
  return given ? { ...given, rope_type: given.rope_type ?? given.type ?? "default" } : undefined;
}, ropeTypes.optional());

// A checkpoint's config.json belongs to transformers: read what the decoder needs, leave the rest alone.
const schema = z.object({
  model_type: z.enum(Object.keys(architectures) as [keyof typeof architectures]),
  vocab_size: z.int().positive(),
  hidden_size: z.int().positive(),
  intermediate_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().optional(),
  head_dim: z.int().positive().nullish(),
  rms_norm_eps: z.number().positive().default(1e-6),
  ...theta,
  rope_scaling: rope,
  // transformers 5 has both in here.
  rope_parameters: rope,
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.literal(false).default(false),
  use_sliding_window: z.literal(false).default(false),
  hidden_act: z.literal("silu").default("silu"),
  max_position_embeddings: z.int().positive().default(32_768),
});

/** Shape of a decoder. Names follow transformers' configs. */
export interface ModelConfig {
  readonly architecture: keyof typeof architectures;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly queryHeads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Whether queries and keys are normalised, head by head. */
  readonly queryKeyNorm: boolean;
  /** Paths inside a layer of the linear maps that have a bias. */
  readonly biases: readonly string[];
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling?: Llama3Scaling | undefined;
  readonly tiedHead: boolean;
  readonly maxPositions: number;
}

function rules(config: ModelConfig): string[] {
  const problems: string[] = [];
  if (config.queryHeads % config.keyValueHeads !== 0) {
    problems.push(
      `num_attention_heads — expected a multiple of num_key_value_heads (${config.keyValueHeads}), got ${config.queryHeads}`,
    );
  }
  if (config.headDim % 2 !== 0) problems.push(`head_dim — expected an even number, got ${config.headDim}`);
  return problems;
}

function scalingOf(rope: z.infer<typeof ropeTypes> | undefined): Llama3Scaling | undefined {
  if (rope?.rope_type !== "llama3") return undefined;
  return {
    factor: rope.factor,
    lowFrequencyFactor: rope.low_freq_factor,
    highFrequencyFactor: rope.high_freq_factor,
    originalMaxPositions: rope.original_max_position_embeddings,
  };
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
  const architecture: Architecture = architectures[raw.model_type];
  const config: ModelConfig = {
    architecture: raw.model_type,
    vocabSize: raw.vocab_size,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    queryHeads: raw.num_attention_heads,
    keyValueHeads: raw.num_key_value_heads ?? raw.num_attention_heads,
    headDim: raw.head_dim ?? raw.hidden_size / raw.num_attention_heads,
    queryKeyNorm: architecture.queryKeyNorm,
    biases: architecture.biases(raw.attention_bias),
    normEpsilon: raw.rms_norm_eps,
    ropeTheta: raw.rope_parameters?.rope_theta ?? raw.rope_theta ?? 10_000,
    ropeScaling: scalingOf(raw.rope_parameters) ?? scalingOf(raw.rope_scaling),
    tiedHead: raw.tie_word_embeddings,
    maxPositions: raw.max_position_embeddings,
  };
  const problems = rules(config);
  if (problems.length > 0) throw new CausalLmError("E_MODEL_CONFIG", `${where}: ${problems.join("; ")}`);
  return config;
}
