import {
  adaptableModules,
  type CausalLm,
  initLora,
  loraFromAdapter,
  type LoraFactors,
  type LoraWeights,
} from "@prefdelta/causal-lm";
import { loraScale } from "@prefdelta/lora";
import type { Adapter } from "@prefdelta/lora";
import { createRandom } from "@prefdelta/random";
import type { DpoConfig } from "./config.ts";
import { DpoError } from "./errors.ts";
import { missingTargets, targetModules, valueOfModule } from "./lora/module-pattern.ts";

/** Each map under the scale that the settings give it; its own only where it is not everyone's. */
function withScales({ rank, modules }: LoraWeights, config: DpoConfig): LoraWeights {
  const scale = loraScale(config.lora_alpha, config.lora_r, config.use_rslora);
  const scaled = [...modules].map(([name, factors]): [string, LoraFactors] => {
    const alpha = valueOfModule(config.alpha_pattern, name) ?? config.lora_alpha;
    const own = loraScale(alpha, valueOfModule(config.rank_pattern, name) ?? config.lora_r, config.use_rslora);
    return [name, own === scale ? factors : { ...factors, scale: own }];
  });
  return { rank, scale, modules: new Map(scaled) };
}

/** An adapter's factors under other scales: the same update, B divided by what the scale grows. */
function rescale(lora: LoraWeights, config: DpoConfig): LoraWeights {
  const scaled = withScales(lora, config);
  const modules = [...scaled.modules].map(([name, { A, B, magnitude, ...own }]): [string, LoraFactors] => {
    const scale = own.scale ?? scaled.scale;
    const copied = { A: A.slice(), B: B.map((b) => b / scale), ...(magnitude ? { magnitude: magnitude.slice() } : {}) };
    return [name, { ...copied, ...own }];
  });
  return { ...scaled, modules: new Map(modules) };
}

/** @throws {DpoError} E_CONFIG for a name, or a regular expression, that finds no module */
function selectModules(lm: CausalLm, targets: string | readonly string[]): string[] {
  const modules = [...adaptableModules(lm.config).keys()];
  const selected = targetModules(modules, targets);
  const missing = typeof targets === "string" ? [targets] : missingTargets(modules, targets);
  if (selected.length > 0 && (typeof targets === "string" || missing.length === 0)) return selected;
  const names = [...new Set(modules.map((module) => module.split(".").at(-1)!))];
  const message = `lora_target_modules — expected some of ${names.join(", ")}, got ${missing.join(", ")}`;
  throw new DpoError("E_CONFIG", message);
}

/**
 * Fresh factors; a map of lower rank than the highest has zeros beyond its own, in A and in B: their gradients are zero, and so they stay. A map's
 * rows of A do not depend on the highest rank.
 */
function freshLora(lm: CausalLm, config: DpoConfig): LoraWeights {
  const targets = selectModules(lm, config.lora_target_modules);
  const rankOf = (module: string): number => valueOfModule(config.rank_pattern, module) ?? config.lora_r;
  const rank = Math.max(...targets.map(rankOf));
  const random = createRandom(config.a0_seed);
  const lora = initLora(lm.config, { rank, random, targetModules: targets });
  for (const [module, { A }] of lora.modules) A.fill(0, (A.length / rank) * rankOf(module));
  return withScales(lora, config);
}

/**
 * The factors a run starts from: fresh ones from the A₀ seed, or a copy of a given adapter's.
 *
 * @throws {DpoError} E_CONFIG for targets that the base does not have; E_INITIAL_ADAPTER; CausalLmError E_LORA where factors do not fit the base
 */
export function startLora(lm: CausalLm, config: DpoConfig, initial: Adapter | undefined): LoraWeights {
  if (!initial) return freshLora(lm, config);
  const lora = loraFromAdapter(lm.config, initial);
  const patterns = Object.keys(config.rank_pattern);
  if (lora.rank !== config.lora_r || patterns.length > 0) {
    const wanted = patterns.length > 0 ? "no rank_pattern" : `rank ${config.lora_r}, as lora_r says`;
    const found = patterns.length > 0 ? patterns.join(", ") : lora.rank;
    throw new DpoError("E_INITIAL_ADAPTER", `initial adapter — expected ${wanted}, got ${found}`);
  }
  const magnitudes = [...lora.modules.values()].filter(({ magnitude }) => magnitude !== undefined).length;
  if (magnitudes > 0 && !config.use_dora) {
    throw new DpoError("E_INITIAL_ADAPTER", "initial adapter — expected no DoRA, as use_dora says, got magnitudes");
  }
  return rescale(lora, config);
}
