import type { CausalLm } from "@prefdelta/causal-lm";
import { z } from "zod";
import { contentHash } from "../content-hash.ts";
import type { DpoConfig } from "../config.ts";
import { DpoError } from "../errors.ts";
import type { Parameters } from "../optimizer/parameters.ts";

/** What a run's final bytes depend on, each part by its hash or name. */
export const runIdentitySchema = z.strictObject({
  /** The base's config and weights. */
  base: z.string(),
  /** The chat template. */
  template: z.string(),
  /** The pairs' messages. */
  data: z.string(),
  /** Their tokens and masks. */
  tokens: z.string(),
  /** All settings that change the result. */
  config: z.string(),
  /** The factors at the start. */
  start: z.string(),
  /** Runtime, storage of weights, form of the step: sums in another order are other numbers. */
  runtime: z.string(),
});

export type RunIdentity = z.infer<typeof runIdentitySchema>;

interface RunInputs {
  readonly lm: CausalLm;
  readonly hashes: Pick<RunIdentity, "data" | "tokens">;
  readonly config: DpoConfig;
  /** Before the first step. */
  readonly parameters: Parameters;
  /** How steps are run. */
  readonly engine: Readonly<Record<string, unknown>>;
}

function* bytesOf(parameters: Parameters): Generator {
  for (const [name, { buffer, byteOffset, byteLength }] of parameters) {
    yield [name, Buffer.from(buffer, byteOffset, byteLength).toString("base64")];
  }
}

/** Settings that are newer than some checkpoints, at the values that change nothing: these stay out of the hash, so that old runs go on. */
const neutral: Readonly<Partial<DpoConfig>> = { lora_dropout: 0, use_dora: false, reference: "base" };

/** The settings that a run's bytes depend on. */
function essentialSettings(config: DpoConfig): Record<string, unknown> {
  const { save_steps: _, ...settings } = config; // how often to save changes nothing
  const kept = Object.entries(settings).filter(([name, value]) => neutral[name as keyof DpoConfig] !== value);
  return Object.fromEntries(kept);
}

export function identifyRun({ lm, hashes, config, parameters, engine }: RunInputs): RunIdentity {
  return {
    base: lm.hash,
    template: lm.tokenizer.templateHash,
    ...hashes,
    config: contentHash([essentialSettings(config)]),
    start: contentHash(bytesOf(parameters)),
    runtime: [
      lm.runtime.description,
      lm.storage,
      JSON.stringify(engine),
      // It decides which steps run layer by layer, and which rows are scored together.
      ...(lm.memoryBytes === undefined ? [] : [`memory ${lm.memoryBytes}`]),
    ].join(", "),
  };
}

/** @throws {DpoError} E_CHECKPOINT_MISMATCH naming every part that differs. */
export function checkIdentity(found: RunIdentity, expected: RunIdentity, where: string): void {
  const differing = (Object.keys(expected) as (keyof RunIdentity)[]).filter((part) => found[part] !== expected[part]);
  if (differing.length === 0) return;
  const lines = differing.map((part) => `${part} — expected ${expected[part]}, got ${found[part]}`);
  throw new DpoError(
    "E_CHECKPOINT_MISMATCH",
    `${where}: a checkpoint of another run; give this one another folder, or remove the old\n${lines.join("\n")}`,
  );
}
