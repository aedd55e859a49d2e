import { layersWithout } from "./adapter-facts.ts";
import type { AdapterFacts } from "./adapter-facts.ts";
import { engineNames, engines } from "./engines.ts";
import type { Engine } from "./engines.ts";
import { isAsked } from "../unsupported-features.ts";

/**
 * What becomes of the adapter, from best to worst. needs: right once an option is set or a file converted; refused: it
 * does not load; wrong: it loads, and serves another update without a word.
 */
export const verdicts = ["ok", "needs", "refused", "wrong"] as const;
export type Verdict = (typeof verdicts)[number];

/** What one engine makes of what a rule finds. */
interface Consequence {
  readonly verdict: Exclude<Verdict, "ok">;
  readonly what: string;
  /** The engine's file, documentation or issue that says so. */
  readonly source: string;
}

export interface LintRule {
  /** What the adapter has, in words; undefined where the rule does not apply. */
  readonly finds: (facts: AdapterFacts) => string | undefined;
  /** Engines that are not named serve it as PEFT does, as far as is known. */
  readonly engines: Partial<Record<Engine, Consequence>>;
  /** Whether `pda export` takes the cause away. */
  readonly exportHelps: boolean;
}

const has = (key: string) => (facts: AdapterFacts) =>
  isAsked(key, facts.raw) ? `${key}: ${JSON.stringify(facts.raw[key])}` : undefined;

const largestRank = ({ modules }: AdapterFacts): number => Math.max(0, ...modules.map(({ rank }) => rank));
const rankAbove = (limit: number) => (facts: AdapterFacts) =>
  largestRank(facts) > limit ? `rank ${largestRank(facts)}` : undefined;

const keysWith = (rule: RegExp) => (facts: AdapterFacts) => {
  const found = facts.keys.filter((key) => rule.test(key));
  return found.length === 0 ? undefined : `${found.length} tensors such as ${found[0]}`;
};

const others = engineNames.filter((engine) => engine !== "peft");
const all = (consequence: Consequence): Partial<Record<Engine, Consequence>> =>
  Object.fromEntries(others.map((engine) => [engine, consequence]));

/** Features that keep tensors of their own beside the factors. */
const ownTensors = ["trainable_token_indices", "velora_config", "monteclora_config"] as const;

const code = Object.fromEntries(engineNames.map((engine) => [engine, engines[engine].source])) as Record<
  Engine,
  string
>;

/** Rules beside the scale, which engines.ts holds. */
export const lintRules = {
  mixed_ranks: {
    finds: ({ modules }) => {
      const ranks = [...new Set(modules.map(({ rank }) => rank))].toSorted((a, b) => a - b);
      return ranks.length > 1 ? `factors of ranks ${ranks.join(", ")}` : undefined;
    },
    engines: {
      sglang: {
        verdict: "refused",
        what: "copies factors into buffers of the config's r, whose shape must fit",
        source: "sglang/srt/lora/mem_pool.py",
      },
      lorax: { verdict: "refused", what: "stacks the factors of all layers of a name", source: code.lorax },
    },
    exportHelps: true,
  },
  rank_above_16: {
    finds: rankAbove(16),
    engines: {
      vllm: {
        verdict: "needs",
        what: "--max-lora-rank of at least this rank; the default is 16",
        source: "https://github.com/vllm-project/vllm/issues/2847",
      },
    },
    exportHelps: false,
  },
  rank_above_64: {
    finds: rankAbove(64),
    engines: {
      "tensorrt-llm": {
        verdict: "needs",
        what: "max_lora_rank of at least this rank; the default is 64",
        source: code["tensorrt-llm"],
      },
    },
    exportHelps: false,
  },
  gguf: {
    finds: () => "a PEFT folder",
    engines: {
      "llama.cpp": { verdict: "needs", what: "a GGUF file: pda export --to gguf", source: code["llama.cpp"] },
    },
    exportHelps: true,
  },
  uneven_layers: {
    finds: (facts) => {
      const names = [...new Set(facts.modules.map(({ name }) => name))];
      const uneven = names.flatMap((name) => {
        const without = layersWithout(name, facts);
        return without.length === 0 ? [] : [`${name} (not in layers ${without.slice(0, 5).join(", ")})`];
      });
      return uneven.length === 0 ? undefined : `layers of some names only in places: ${uneven.join("; ")}`;
    },
    engines: {
      lorax: { verdict: "wrong", what: "leaves out a name that one of the base's layers lacks", source: code.lorax },
    },
    exportHelps: false,
  },
  dora: {
    finds: (facts) => has("use_dora")(facts) ?? keysWith(/\.lora_magnitude_vector(\.weight)?$/)(facts),
    engines: {
      vllm: { verdict: "refused", what: "does not support DoRA", source: code.vllm },
      "llama.cpp": {
        verdict: "refused",
        what: "its converter stops at magnitudes",
        source: "https://github.com/ggml-org/llama.cpp/issues/6536",
      },
      lorax: { verdict: "wrong", what: "reads lora_A and lora_B only, without magnitudes", source: code.lorax },
      sglang: {
        verdict: "needs",
        what: "a version that supports DoRA: recent ones read use_dora; which apply it was not verified",
        source: "sglang/srt/lora/lora_config.py",
      },
      "tensorrt-llm": {
        verdict: "needs",
        what: "a version that reads magnitudes; older ones do not",
        source: `${code["tensorrt-llm"]}; https://github.com/NVIDIA/TensorRT-LLM/issues/2132`,
      },
    },
    exportHelps: false,
  },
  modules_to_save: {
    finds: has("modules_to_save"),
    engines: {
      vllm: {
        verdict: "refused",
        what: "takes no modules_to_save",
        source: "https://github.com/vllm-project/vllm/issues/9280",
      },
      "llama.cpp": {
        verdict: "refused",
        what: "its converter stops at whole layers",
        source: "https://github.com/ggml-org/llama.cpp/issues/11554",
      },
      lorax: { verdict: "wrong", what: "reads lora_A and lora_B only", source: code.lorax },
      sglang: { verdict: "wrong", what: "applies factors of its target modules only", source: code.sglang },
      "tensorrt-llm": {
        verdict: "wrong",
        what: "passes over a whole lm_head or embed_tokens (its older engines took one adapter's for all), and stops at others",
        source: code["tensorrt-llm"],
      },
    },
    exportHelps: false,
  },
  head_or_embedding: {
    finds: keysWith(/\.(lm_head|embed_tokens)\.lora_/),
    engines: {
      "tensorrt-llm": {
        verdict: "wrong",
        what: "passes over factors of lm_head and embed_tokens",
        source: code["tensorrt-llm"],
      },
      vllm: {
        verdict: "needs",
        what: "an architecture that registers its embeddings for LoRA: Llama's does, Qwen's did not before its PR 33234",
        source: "https://github.com/vllm-project/vllm/pull/33234",
      },
      "llama.cpp": {
        verdict: "needs",
        what: "a base whose lm_head is not tied to the embedding; its converter stops there",
        source: "https://github.com/ggml-org/llama.cpp/issues/9065",
      },
    },
    exportHelps: false,
  },
  embedding: {
    finds: keysWith(/\.lora_embedding_[AB]$/),
    engines: { lorax: { verdict: "wrong", what: "reads lora_A and lora_B only", source: code.lorax } },
    exportHelps: false,
  },
  biases: {
    finds: (facts) => has("bias")(facts) ?? has("lora_bias")(facts),
    engines: {
      "llama.cpp": { verdict: "refused", what: "its converter stops at biases", source: code["llama.cpp"] },
      lorax: { verdict: "wrong", what: "reads lora_A and lora_B only", source: code.lorax },
      vllm: { verdict: "refused", what: "takes no tensor but lora_A and lora_B", source: "vllm/lora/utils.py" },
      "tensorrt-llm": { verdict: "refused", what: "stops at keys that are no factors'", source: code["tensorrt-llm"] },
      sglang: {
        verdict: "needs",
        what: "a version that adds biases: whether there is one was not verified",
        source: code.sglang,
      },
    },
    exportHelps: false,
  },
  changed_base: {
    finds: has("init_lora_weights"),
    engines: all({
      verdict: "wrong",
      what: "adds the factors to the unchanged base, while training began from a base less the first factors",
      source: "https://huggingface.co/docs/peft/developer_guides/lora#pissa",
    }),
    exportHelps: false,
  },
  alora: {
    finds: has("alora_invocation_tokens"),
    engines: {
      ...all({
        verdict: "wrong",
        what: "does not read alora_invocation_tokens, and applies the update to every token",
        source: "no such key in its loader",
      }),
      vllm: {
        verdict: "wrong",
        what: "drops alora_invocation_tokens, and applies the update to every token",
        source: "https://github.com/vllm-project/vllm/pull/19710 (closed)",
      },
      sglang: {
        verdict: "wrong",
        what: "does not read alora_invocation_tokens, and applies the update to every token",
        source: "https://github.com/sgl-project/sglang/issues/16942 (open)",
      },
      "llama.cpp": {
        verdict: "needs",
        what: "llama-server since its PR 15327, and a file by llama.cpp's own converter: pda export refuses aLoRA",
        source: "https://github.com/ggml-org/llama.cpp/pull/15327",
      },
    },
    exportHelps: false,
  },
  ...Object.fromEntries(
    ownTensors.map((key): [string, LintRule] => [
      key,
      {
        finds: has(key),
        engines: {
          vllm: { verdict: "refused", what: "takes no tensor but lora_A and lora_B", source: "vllm/lora/utils.py" },
          "llama.cpp": { verdict: "refused", what: "its converter stops at other tensors", source: code["llama.cpp"] },
          lorax: { verdict: "wrong", what: "reads lora_A and lora_B only", source: code.lorax },
          sglang: { verdict: "wrong", what: "applies factors of its target modules only", source: code.sglang },
          "tensorrt-llm":
            key === "trainable_token_indices"
              ? { verdict: "wrong", what: "passes over tensors of embed_tokens", source: code["tensorrt-llm"] }
              : { verdict: "refused", what: "stops at keys that are no factors'", source: code["tensorrt-llm"] },
        },
        exportHelps: false,
      },
    ]),
  ),
  ...Object.fromEntries(
    ["target_parameters", "layer_replication", "use_qalora", "use_bdlora", "arrow_config", "kasa_config"].map(
      (key): [string, LintRule] => [
        key,
        {
          finds: has(key),
          engines: all({ verdict: "wrong", what: `does not read ${key}`, source: "no such key in its loader" }),
          exportHelps: false,
        },
      ],
    ),
  ),
  tensors: {
    finds: ({ tensorProblems, raw }) => {
      // Those with a rule of their own are not told twice, and a copy of the base layer is passed over.
      const rules = [
        "DoRA",
        "modules_to_save",
        "embedding's factor",
        "LoRA bias",
        "token_adapter",
        "save_embedding_layers",
      ];
      const known = ownTensors.some((key) => isAsked(key, raw)) ? [...rules, "an unknown key"] : rules;
      const own = tensorProblems.filter((problem) => !known.some((word) => problem.includes(word)));
      return own.length === 0 ? undefined : own.slice(0, 5).join("; ");
    },
    engines: {
      ...all({ verdict: "refused", what: "expects whole pairs of lora_A and lora_B", source: "its loader" }),
      peft: {
        verdict: "wrong",
        what: "warns of missing keys, and goes on without them",
        source: "https://github.com/huggingface/peft/issues/2699",
      },
    },
    exportHelps: false,
  },
} as const satisfies Record<string, LintRule>;
