import type { AdapterConfig } from "../adapter-config.ts";
import { loraScale } from "../lora-scale.ts";
import type { ModuleFacts } from "./adapter-facts.ts";

/** How an engine takes a layer's scale from the config; what differs from PEFT's is served at another strength. */
interface EngineScale {
  readonly scale: (config: AdapterConfig, module: ModuleFacts) => number;
  readonly rule: string;
  readonly source: string;
}

const ofConfig = ({ lora_alpha, use_rslora }: AdapterConfig, rank: number): number =>
  loraScale(lora_alpha, rank, use_rslora);

/**
 * Engines that serve PEFT adapters, and the scale each of them gives a layer. Read from the sources named, in versions
 * of 2024–2026; engines change.
 */
export const engines = {
  peft: {
    scale: (_, { scale }) => scale,
    rule: "lora_alpha / r, or / √r with use_rslora, with alpha_pattern and rank_pattern",
    source: "peft/tuners/lora/layer.py",
  },
  vllm: {
    scale: (config) => ofConfig(config, config.r),
    rule: "one lora_alpha / r (or / √r) of the config for all layers; patterns are dropped",
    source: "vllm/lora/peft_helper.py",
  },
  sglang: {
    scale: (config) => config.lora_alpha / config.r,
    rule: "one lora_alpha / r for all layers; use_rslora is not read",
    source: "sglang/srt/lora/lora.py; https://github.com/sgl-project/sglang/issues/40835",
  },
  "llama.cpp": {
    scale: (config, { rank }) => config.lora_alpha / rank,
    rule: "lora_alpha over each tensor's own rank; use_rslora and alpha_pattern are not read",
    source: "llama.cpp convert_lora_to_gguf.py, src/llama-adapter.h",
  },
  lorax: {
    scale: (config) => ofConfig(config, config.r),
    rule: "one lora_alpha / r (or / √r) of the config for all layers; patterns are not read",
    source: "lorax_server/adapters/lora.py",
  },
  "tensorrt-llm": {
    scale: (config, { rank }) => ofConfig(config, rank),
    rule: "lora_alpha over each tensor's own rank (or its root); alpha_pattern is not read",
    source: "tensorrt_llm/lora_manager.py; before its PR 1669 also without use_rslora",
  },
} as const satisfies Record<string, EngineScale>;

export type Engine = keyof typeof engines;
export const engineNames = Object.keys(engines) as readonly Engine[];
