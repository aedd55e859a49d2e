import { type CausalLm, loraFromAdapter, type LoraWeights } from "@prefdelta/causal-lm";
import type { Adapter } from "@prefdelta/lora";
import type { DpoConfig } from "../config.ts";
import { DpoError } from "../errors.ts";

/**
 * What the reference has on the base: nothing, or the adapter that the run starts from, as TRL's trainer takes a copy of it for its reference.
 *
 * @throws {DpoError} E_CONFIG where that adapter is to be the reference and there is none; CausalLmError E_LORA where it does not fit the base
 */
export function loraOfReference(
  { config }: CausalLm,
  { reference }: Pick<DpoConfig, "reference">,
  initial: Adapter | undefined,
): LoraWeights | undefined {
  if (reference === "base") return undefined;
  if (!initial)
    throw new DpoError("E_CONFIG", "reference — expected base for a run from fresh factors, got initial_adapter");
  return loraFromAdapter(config, initial);
}
