import type { TensorEntry } from "@prefdelta/safetensors";
import { checkAdapterConfig } from "../adapter-config.ts";
import type { AdapterConfig, RawConfig } from "../adapter-config.ts";
import { loraScale } from "../lora-scale.ts";
import { compilePatterns } from "../module-patterns.ts";
import { pairFactors } from "../pair-factors.ts";

/** One adapted layer as the header and the config describe it. */
export interface ModuleFacts {
  readonly path: string;
  /** The layer's own name, "q_proj". */
  readonly name: string;
  /** Of the stored factors. */
  readonly rank: number;
  /** PEFT's: α/r or α/√r, patterns counted. */
  readonly scale: number;
}

/** What rules look at: nothing but the config and the header of the weights. */
export interface AdapterFacts {
  readonly raw: RawConfig;
  readonly config: AdapterConfig;
  readonly modules: readonly ModuleFacts[];
  readonly keys: readonly string[];
  /** Problems of the tensors themselves: no partner, no matrix, unknown keys. */
  readonly tensorProblems: readonly string[];
  /** Numbers of the layers that have any update, rising. */
  readonly layers: readonly number[];
}

const layerNumber = /\.(\d+)\./;

/** @throws LoraError E_CONFIG */
export function adapterFacts(
  raw: RawConfig,
  entries: ReadonlyMap<string, Pick<TensorEntry, "dtype" | "shape">>,
  file: string,
): AdapterFacts {
  const config = checkAdapterConfig(raw, file, { features: "any" });
  const { pairs, problems } = pairFactors(entries);
  const alphas = compilePatterns(config.alpha_pattern);
  const modules = pairs.map(({ path, A: [rank] }): ModuleFacts => {
    const alpha = alphas.match(path)?.value ?? config.lora_alpha;
    const scale = loraScale(alpha, rank, config.use_rslora);
    return { path, name: path.slice(path.lastIndexOf(".") + 1), rank, scale };
  });
  const layers = new Set(modules.flatMap(({ path }) => layerNumber.exec(path)?.[1] ?? []).map(Number));
  return {
    raw,
    config,
    modules,
    keys: [...entries.keys()],
    tensorProblems: problems,
    layers: [...layers].toSorted((a, b) => a - b),
  };
}

/** Layers among those with any update that have none of this name; none for a name outside the layers. */
export function layersWithout(name: string, { modules, layers }: AdapterFacts): number[] {
  const own = new Set(modules.filter((module) => module.name === name).map(({ path }) => layerNumber.exec(path)?.[1]));
  return own.has(undefined) ? [] : layers.filter((layer) => !own.has(String(layer)));
}
