import {
  adaptableModules,
  type CausalLm,
  createCausalLm,
  type LoraFactors,
  type LoraWeights,
  type ModelConfig,
  type PromptRow,
  type Runtime,
  type Tokenizer,
  weightShapes,
  type WeightStorage,
} from "@prefdelta/causal-lm";
import { createRandom, integer, type Random } from "@prefdelta/random";

/** Shapes of the benchmarks, as the config.json of a checkpoint gives them. */
export const shapes: Readonly<Record<string, object>> = {
  s512: {
    model_type: "qwen3",
    vocab_size: 8192,
    hidden_size: 512,
    intermediate_size: 1536,
    num_hidden_layers: 8,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 64,
    tie_word_embeddings: true,
  },
  "qwen3-0.6b": {
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
  },
  "qwen3-8b": {
    model_type: "qwen3",
    vocab_size: 151_936,
    hidden_size: 4096,
    intermediate_size: 12_288,
    num_hidden_layers: 36,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 128,
    rope_theta: 1_000_000,
    tie_word_embeddings: false,
  },
};

/** Uniform numbers in ±scale: half a billion weights want something faster than a good generator. */
export function fill(length: number, scale: number, start: number): Float32Array {
  const values = new Float32Array(length);
  let word = start | 1;
  for (let i = 0; i < length; i++) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) | 0;
    values[i] = (word / 2 ** 31) * scale;
  }
  return values;
}

/** The benchmarks feed token ids: no text is read or written. */
const tokenizer: Tokenizer = {
  encode: () => [],
  decode: () => "",
  eosId: -1,
  prefixId: -1,
  applyChatTemplate: () => "",
  templateHash: "",
};

/** A weight of ordinary size; norm gains are 1. */
function randomWeight(config: ModelConfig, name: string): Float32Array {
  const shapes = weightShapes(config);
  const [rows, columns] = shapes.get(name)!;
  if (columns === undefined) return new Float32Array(rows!).fill(1);
  return fill(rows! * columns, 1 / Math.sqrt(columns), [...shapes.keys()].indexOf(name));
}

/** A decoder with random weights, made one by one: none is in memory in two forms. */
export function randomModel(config: ModelConfig, runtime: Runtime, storage: WeightStorage = "f32"): CausalLm {
  return createCausalLm({
    config,
    tokenizer,
    weights: { get: (name) => randomWeight(config, name) },
    runtime,
    storage,
  });
}

/** Factors of every module, neither zero: the step's cost does not depend on them, its gradients do. */
export function randomLora(config: ModelConfig, rank: number): LoraWeights {
  const modules = new Map<string, LoraFactors>();
  for (const [module, [out, input]] of adaptableModules(config)) {
    modules.set(module, { A: fill(rank * input, 1 / Math.sqrt(input), 3), B: fill(out * rank, 0.02, 5) });
  }
  return { rank, scale: 2, modules };
}

interface Lengths {
  readonly prompt: number;
  readonly completion: number;
}

/** Pairs of random tokens. */
export function randomPairs(config: ModelConfig, pairs: number, { prompt, completion }: Lengths): PromptRow[] {
  const draw = (random: Random, n: number): number[] =>
    Array.from({ length: n }, () => integer(random, config.vocabSize));
  const mask = Array<number>(completion).fill(1);
  return Array.from({ length: pairs }, (_, pair) => {
    const random = createRandom("pairs").fork(pair);
    return { prompt: draw(random, prompt), completions: [0, 1].map(() => ({ ids: draw(random, completion), mask })) };
  });
}
