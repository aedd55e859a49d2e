import type { HostTensor, Storage } from "@prefdelta/tfjs-onnx";
import { CausalLmError } from "./errors.ts";
import type { ModelConfig } from "./model/config.ts";
import { EMBEDDING, weightShapes } from "./model/weights.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { createStepCache, type StepCache } from "./runtime/step-cache.ts";
import { modelWeights, multipliesIntegers } from "./model-weights.ts";
import { store } from "./storage.ts";
import type { Tokenizer } from "./text/tokenizer.ts";
import { activationBudget } from "./training/memory-budget.ts";

/**
 * How weights are kept in memory; int8 has one scale a row. Arithmetic is float32 whatever the storage, but for `w8a8`: products with int8 weights
 * are taken in 8-bit integers then, on ONNX Runtime's CPU provider, at the cost of some rounding.
 */
export type WeightStorage = Storage;

/** Weights that are read when they are needed. */
export interface DiskWeights {
  /**
   * One tensor of the checkpoint as steps are fed it (model-weights.ts).
   *
   * @param over a tensor that is needed no more: its memory is read into, where the tensor's bytes in the file fit
   */
  read(name: string, over?: HostTensor): Promise<Readonly<Record<string, HostTensor>>>;
  close(): Promise<void>;
}

/** A decoder that is ready to run. */
export interface CausalLm {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly runtime: Runtime;
  /** What steps are fed of the checkpoint (model-weights.ts). The embedding table alone, and the head that is tied to it, where `disk` has the others. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly disk?: DiskWeights | undefined;
  /** Bytes that the process should take, where that was said: see training/memory-budget.ts. */
  readonly memoryBytes?: number | undefined;
  /**
   * Told where rows that are scored or continued take more than `memoryBytes` leaves beside process and weights, one by one already: how many bytes they need, and how
   * many are left. They run all the same. (Of a training's steps, `createLossStep` tells.)
   */
  readonly onShortage?: ((needed: number, left: number) => void) | undefined;
  readonly storage: WeightStorage;
  /** Where it was loaded from. */
  readonly folder: string;
  /** sha256 over config and weights: the model's identity in cache keys. */
  readonly hash: string;
  /** Compiled steps, least recently used ones released. */
  readonly steps: StepCache;
  dispose(): Promise<void>;
}

export interface LmOptions {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly runtime: Runtime;
  readonly storage?: WeightStorage | undefined;
  readonly folder?: string;
  readonly hash?: string;
  readonly disk?: DiskWeights | undefined;
  readonly memoryBytes?: number | undefined;
  readonly onShortage?: CausalLm["onShortage"];
  /** How many compiled steps are kept, at most: fewer where they take more than `memoryBytes` leaves beside process and weights, or 4 GiB. */
  readonly compiledSteps?: number | undefined;
}

/** @throws {CausalLmError} E_RUNTIME where weights are to be multiplied in a way that the runtime cannot. */
export function assertMultiplies({ runtime, storage = "f32" }: Pick<LmOptions, "runtime" | "storage">): void {
  if (!multipliesIntegers(storage) || runtime.integerProducts) return;
  const message = `storage "${storage}" — expected the runtime onnx with the provider cpu, got ${runtime.description}; int8 keeps the same weights and multiplies in float32`;
  throw new CausalLmError("E_RUNTIME", message);
}

/** A model from weights as they are stored, by `store`. */
export function assembleCausalLm(weights: ReadonlyMap<string, HostTensor>, options: LmOptions): CausalLm {
  const { storage = "f32", folder = "", hash = "", disk, compiledSteps = 24, ...given } = options;
  const steps = createStepCache({
    steps: compiledSteps,
    bytes: Math.max(0, activationBudget({ ...options, storage })),
  });
  const dispose = async (): Promise<void> => {
    await steps.clear();
    await disk?.close();
  };
  return { ...given, weights, disk, storage, folder, hash, steps, dispose };
}

interface CreateOptions extends LmOptions {
  /** Every tensor of `weightShapes(config)`, float32; asked for one by one, and for none twice. */
  readonly weights: { get(name: string): Float32Array | undefined };
}

/** A model from weights in memory. In f32 storage the arrays are used in place. @throws {CausalLmError} E_CHECKPOINT, E_RUNTIME */
export function createCausalLm({ weights, ...options }: CreateOptions): CausalLm {
  assertMultiplies(options);
  const { config, storage = "f32" } = options;
  const stored = new Map<string, HostTensor>();
  for (const [name, shape] of weightShapes(config)) {
    const values = weights.get(name);
    if (!values) throw new CausalLmError("E_CHECKPOINT", `weights: ${name} — expected [${shape.join()}], got nothing`);
    const held = store(name, { shape, values }, storage);
    for (const entry of Object.entries(
      modelWeights(name, held, { config, storage, integers: options.runtime.integerProducts }),
    ))
      stored.set(...entry);
  }
  return assembleCausalLm(stored, options);
}

/** The embedding table that frozen models look up on the host. */
export const embeddingOf = (lm: CausalLm): HostTensor => lm.weights.get(EMBEDDING)!;
