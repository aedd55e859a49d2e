import { join } from "node:path";
import { openSafetensors } from "@prefdelta/safetensors/node";
import type { SafetensorsFile } from "@prefdelta/safetensors/node";
import { parseAdapterConfig } from "./adapter-config.ts";
import type { AdapterSource, LoraModule } from "./adapter.ts";
import { LoraError } from "./errors.ts";
import { float32View } from "./float32-view.ts";
import { configFile, weightsFile } from "./folder-files.ts";
import { magnitudeKey, peftKey } from "./peft-keys.ts";
import type { Factor } from "./peft-keys.ts";
import { planModules } from "./plan-modules.ts";
import { readConfig } from "./read-config.ts";

/** An adapter folder whose factors are read one module at a time. */
export interface AdapterFile extends AdapterSource {
  /**
   * @param into memory of the factors' lengths that they are put into; new memory if absent
   * @throws SafetensorsError E_TRUNCATED by file and tensor, where the file has become shorter since it was opened
   */
  readonly read: (path: string, into?: FactorMemory) => Promise<LoraModule>;
  readonly close: () => Promise<void>;
}

/** Memory that factors are read into. */
export type FactorMemory = Readonly<Record<Factor, Float32Array<ArrayBuffer>>>;

export interface OpenAdapterOptions {
  /**
   * Whether a DoRA adapter is read too, its modules with magnitudes; refused if absent, for most of what can be done with a LoRA's factors makes
   * no sense with a DoRA's.
   */
  readonly dora?: boolean;
}

/**
 * Opens a LoRA adapter folder as PEFT saves it: F32, F16 or BF16 factors, one or many ranks and alphas, rslora or not. Config and header are
 * read and checked; close it when done.
 *
 * @throws LoraError E_FILE, E_CONFIG, E_UNSUPPORTED, E_TENSORS, each with all its problems; SafetensorsError for the
 * weights file itself (missing, truncated, malformed)
 */
export async function openAdapter(folder: string, { dora = false }: OpenAdapterOptions = {}): Promise<AdapterFile> {
  const { config, raw } = parseAdapterConfig(await readConfig(folder), join(folder, configFile), {
    features: dora ? "with-dora" : "supported",
  });
  const file = await openSafetensors(join(folder, weightsFile));
  const { modules, problems } = planModules(file.entries, config);
  if (problems.length > 0) {
    await file.close();
    throw new LoraError("E_TENSORS", problems, { file: file.path });
  }
  return {
    modules,
    // An empty name is what PEFT writes for a model without one.
    baseModel: config.base_model_name_or_path || null,
    metadata: file.metadata,
    config: raw,
    async read(path, into) {
      const A = await readFloats(file, peftKey(path, "A"), into?.A);
      const B = await readFloats(file, peftKey(path, "B"), into?.B);
      if (config.use_dora !== true) return { ...modules.get(path)!, A, B };
      return { ...modules.get(path)!, A, B, magnitude: await readFloats(file, magnitudeKey(path)) };
    },
    close: () => file.close(),
  };
}

async function readFloats(file: SafetensorsFile, key: string, into?: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  if (into === undefined) return float32View(await file.read(key));
  if (file.entries.get(key)?.dtype === "F32") {
    await file.read(key, new Uint8Array(into.buffer, into.byteOffset, into.byteLength));
  } else into.set(float32View(await file.read(key)));
  return into;
}
