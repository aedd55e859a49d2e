import type { LoraWeights } from "@prefdelta/causal-lm";
import type { RunIdentity } from "./checkpoint/run-identity.ts";
import type { DpoConfig } from "./config.ts";
import { configuredLoss } from "./losses/configured-loss.ts";
import { loraHash } from "./reference/lora-hash.ts";

interface ProvenanceInputs {
  readonly run: RunIdentity;
  readonly config: DpoConfig;
  readonly steps: number;
  /** Pairs trained on. */
  readonly pairs: number;
  readonly hasInitialAdapter: boolean;
  /** What the reference had on the base. */
  readonly referenceLora: LoraWeights | undefined;
  /** The step whose parameters these are, where it is not the last one but the best. */
  readonly bestStep?: number | undefined;
}

/** Where an adapter comes from, for the metadata of its safetensors file. Nothing in it changes from one run to the next. */
export function provenance(inputs: ProvenanceInputs): Map<string, string> {
  const { run, config, steps, pairs, hasInitialAdapter, referenceLora, bestStep } = inputs;
  return new Map([
    ["base_sha256", run.base],
    ["template_sha256", run.template],
    ["data_sha256", run.data],
    ["config_sha256", run.config],
    hasInitialAdapter ? ["start_sha256", run.start] : ["a0_seed", String(config.a0_seed)],
    ...(hasInitialAdapter ? [["reference", config.reference] as const] : []),
    ...(referenceLora ? [["reference_adapter_sha256", loraHash(referenceLora)] as const] : []),
    ["seed", String(config.seed)],
    ["loss", configuredLoss(config).row.name],
    ["beta", String(config.beta)],
    ["steps", String(steps)],
    ...(bestStep === undefined ? [] : [["best_step", String(bestStep)] as const]),
    ["pairs", String(pairs)],
    ["runtime", run.runtime],
  ]);
}
