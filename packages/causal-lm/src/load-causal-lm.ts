import { createHash } from "node:crypto";
import type { TensorView } from "@prefdelta/safetensors";
import { openCheckpoint } from "@prefdelta/safetensors/node";
import type { HostTensor } from "@prefdelta/tfjs-onnx";
import { assembleCausalLm, assertMultiplies, type CausalLm, type DiskWeights, type LmOptions } from "./causal-lm.ts";
import { checkTensors } from "./check-tensors.ts";
import { EMBEDDING, weightShapes } from "./model/weights.ts";
import { modelWeights } from "./model-weights.ts";
import { readModelConfig } from "./read-model-config.ts";
import { storeView } from "./storage.ts";
import { loadTokenizer } from "./text/tokenizer.ts";
import { assertEnough, belongOnDisk } from "./training/memory-budget.ts";

/** The last bytes of a tensor's memory, if it has as many: what is widened from there fills it from the first on. */
const lastBytes = ({ data }: HostTensor, length: number): Uint8Array<ArrayBuffer> | undefined =>
  data.byteLength < length
    ? undefined
    : new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset + data.byteLength - length, length);

/** Where weights are between steps. */
export type WeightPlace = "memory" | "disk";

interface LoadOptions extends Pick<LmOptions, "runtime" | "storage" | "compiledSteps" | "memoryBytes" | "onShortage"> {
  /**
   * memory, or disk where they would leave too little of `memoryBytes`, if absent. disk: layers and head are read when they are needed, so that a model larger than memory is trained, scored and asked for text, layer by layer; only
   * the embedding table stays in memory. Fastest with the storage that the file has: anything else is converted at each reading.
   */
  readonly weights?: WeightPlace;
}

/**
 * Loads a Hugging Face folder: config.json, model.safetensors (or its shards), tokenizer and chat template.
 *
 * @throws {CausalLmError} E_MODEL_FILE, E_MODEL_CONFIG, E_CHECKPOINT; E_RUNTIME where the runtime has no products for the storage; E_MEMORY
 */
export async function loadCausalLm(folder: string, options: LoadOptions): Promise<CausalLm> {
  assertMultiplies(options);
  const { storage = "f32", memoryBytes, runtime } = options;
  const { config, text } = await readModelConfig(folder);
  const form = { config, storage, runtime, memoryBytes };
  const place = options.weights ?? (memoryBytes !== undefined && belongOnDisk(form) ? "disk" : "memory");
  assertEnough({ ...form, disk: place === "disk" ? {} : undefined }, folder);
  const tokenizer = await loadTokenizer(folder);
  const checkpoint = await openCheckpoint(folder);
  const hash = createHash("sha256").update(text);
  const weights = new Map<string, HostTensor>();
  const stored = (name: string, view: TensorView, over?: HostTensor): Readonly<Record<string, HostTensor>> => {
    const held = storeView(name, view, { storage, over });
    return modelWeights(name, held, { config, storage, integers: options.runtime.integerProducts });
  };
  try {
    checkTensors(folder, checkpoint, config);
    for (const name of weightShapes(config).keys()) {
      // One tensor at a time: a checkpoint is never in memory in two forms. What stays on the disk is read for the hash.
      const view = await checkpoint.read(name);
      hash.update(`\n${name} ${view.dtype}\n`).update(view.bytes);
      if (place === "disk" && name !== EMBEDDING) continue;
      for (const entry of Object.entries(stored(name, view))) weights.set(...entry);
    }
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
  const disk: DiskWeights | undefined =
    place === "memory"
      ? undefined
      : {
          read: async (name, over) => {
            const { begin, end } = checkpoint.entries.get(name)!;
            const view = await checkpoint.read(name, over && lastBytes(over, end - begin));
            return stored(name, view, over);
          },
          close: () => checkpoint.close(),
        };
  if (!disk) await checkpoint.close();
  return assembleCausalLm(weights, { ...options, config, tokenizer, folder, disk, hash: hash.digest("hex") });
}
