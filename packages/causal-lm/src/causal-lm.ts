import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { toFloat32 } from "@prefdelta/safetensors";
import { type Checkpoint, openCheckpoint } from "@prefdelta/safetensors/node";
import type { HostTensor, Storage } from "@prefdelta/tfjs-onnx";
import { CausalLmError } from "./errors.ts";
import { type ModelConfig, parseModelConfig } from "./model/config.ts";
import { EMBEDDING, weightShapes } from "./model/weights.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { createStepCache, type StepCache } from "./runtime/step-cache.ts";
import { store } from "./storage.ts";
import { loadTokenizer, type Tokenizer } from "./text/tokenizer.ts";

/** How weights are kept in memory; arithmetic is float32 whatever the storage. */
export type WeightStorage = Exclude<Storage, "f16">;

/** A decoder that is ready to run. */
export interface CausalLm {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly runtime: Runtime;
  /** Weights by checkpoint name; an int8 weight has its scales beside it. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly storage: WeightStorage;
  /** Where it was loaded from. */
  readonly folder: string;
  /** sha256 over config and weights: the model's identity in cache keys. */
  readonly hash: string;
  /** Compiled steps, least recently used ones released. */
  readonly steps: StepCache;
  dispose(): Promise<void>;
}

async function readConfig(folder: string): Promise<{ config: ModelConfig; text: string }> {
  const path = join(folder, "config.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new CausalLmError(
      "E_MODEL_FILE",
      `${path}: expected a model folder with a config.json, got ${String(cause)}`,
      {
        cause,
      },
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CausalLmError("E_MODEL_CONFIG", `${path}: expected JSON, got ${String(cause)}`, { cause });
  }
  return { config: parseModelConfig(json, path), text };
}

/** Names what the checkpoint lacks or holds in another shape, all at once. */
function checkTensors(folder: string, checkpoint: Checkpoint, config: ModelConfig): void {
  const problems: string[] = [];
  for (const [name, shape] of weightShapes(config)) {
    const found = checkpoint.entries.get(name);
    if (!found) problems.push(`${name} — expected [${shape.join()}], got nothing`);
    else if (found.shape.join() !== shape.join()) {
      problems.push(`${name} — expected [${shape.join()}], got [${found.shape.join()}]`);
    }
  }
  if (problems.length > 0) {
    throw new CausalLmError("E_CHECKPOINT", `${folder}: checkpoint does not fit its config\n${problems.join("\n")}`);
  }
}

interface CreateOptions {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  /** Every tensor of `weightShapes(config)`, float32. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly runtime: Runtime;
  readonly storage?: WeightStorage;
  readonly folder?: string;
  readonly hash?: string;
  /** How many compiled steps are kept. */
  readonly compiledSteps?: number;
}

/** A model from weights in memory. In f32 storage the arrays are used in place. */
export function createCausalLm(options: CreateOptions): CausalLm {
  const { config, tokenizer, runtime, storage = "f32", folder = "", hash = "", compiledSteps = 24 } = options;
  const weights = new Map<string, HostTensor>();
  for (const [name, shape] of weightShapes(config)) {
    const values = options.weights.get(name);
    if (!values) throw new CausalLmError("E_CHECKPOINT", `weights: ${name} — expected [${shape.join()}], got nothing`);
    for (const [input, tensor] of Object.entries(store(name, { shape, values }, storage))) weights.set(input, tensor);
  }
  const steps = createStepCache(compiledSteps);
  return { config, tokenizer, runtime, weights, storage, folder, hash, steps, dispose: () => steps.clear() };
}

/**
 * Loads a Hugging Face folder: config.json, model.safetensors (or its shards), tokenizer and chat template.
 *
 * @throws {CausalLmError} E_MODEL_FILE, E_MODEL_CONFIG, E_CHECKPOINT
 */
export async function loadCausalLm(
  folder: string,
  options: Pick<CreateOptions, "runtime" | "storage" | "compiledSteps">,
): Promise<CausalLm> {
  const { config, text } = await readConfig(folder);
  const tokenizer = await loadTokenizer(folder);
  const checkpoint = await openCheckpoint(folder);
  const hash = createHash("sha256").update(text);
  const weights = new Map<string, Float32Array>();
  try {
    checkTensors(folder, checkpoint, config);
    for (const name of weightShapes(config).keys()) {
      const view = await checkpoint.read(name);
      hash.update(`\n${name} ${view.dtype}\n`).update(view.bytes);
      weights.set(name, toFloat32(view));
    }
  } finally {
    await checkpoint.close();
  }
  return createCausalLm({ ...options, config, tokenizer, weights, folder, hash: hash.digest("hex") });
}

/** The embedding table that frozen models look up on the host. */
export const embeddingOf = (lm: CausalLm): HostTensor => lm.weights.get(EMBEDDING)!;
