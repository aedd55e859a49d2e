import { type CausalLm, initLora, loraFromAdapter, type LoraWeights } from "@prefdelta/causal-lm";
import type { Adapter } from "@prefdelta/lora";
import { createRandom } from "@prefdelta/random";
import type { DpoConfig } from "./config.ts";
import { DpoError } from "./errors.ts";

/** An adapter's factors under another scale: the same update, B divided by what the scale grows. */
function rescale({ rank, modules }: LoraWeights, scale: number): LoraWeights {
  const rescaled = [...modules].map(
    ([name, { A, B }]) => [name, { A: A.slice(), B: B.map((b) => b / scale) }] as const,
  );
  return { rank, scale, modules: new Map(rescaled) };
}

/**
 * The factors a run starts from: fresh ones from the A₀ seed, or a copy of a given adapter's. The scale is lora_alpha / lora_r.
 *
 * @throws {DpoError} E_INITIAL_ADAPTER; CausalLmError E_LORA where factors do not fit the base
 */
export function startLora(lm: CausalLm, config: DpoConfig, initial: Adapter | undefined): LoraWeights {
  const { lora_r: rank, lora_alpha: alpha, lora_target_modules: targets, a0_seed } = config;
  if (!initial) {
    const random = createRandom(a0_seed);
    return initLora(lm.config, {
      rank,
      alpha,
      random,
      ...(targets === "all-linear" ? {} : { targetModules: targets }),
    });
  }
  const lora = loraFromAdapter(lm.config, initial);
  if (lora.rank !== rank) {
    throw new DpoError(
      "E_INITIAL_ADAPTER",
      `initial adapter — expected rank ${rank}, as lora_r says, got ${lora.rank}`,
    );
  }
  return rescale(lora, alpha / rank);
}
