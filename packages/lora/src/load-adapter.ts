import { join } from "node:path";
import { toFloat32 } from "@prefdelta/safetensors";
import { openSafetensors } from "@prefdelta/safetensors/node";
import { parseAdapterConfig } from "./adapter-config.ts";
import type { Adapter, LoraModule } from "./adapter.ts";
import { LoraError } from "./errors.ts";
import { configFile, weightsFile } from "./folder-files.ts";
import { peftKey } from "./peft-keys.ts";
import { planModules } from "./plan-modules.ts";
import { readConfig } from "./read-config.ts";

/**
 * Reads a LoRA adapter folder as PEFT saves it: F32, F16 or BF16 factors, one or many ranks and alphas, rslora or not.
 *
 * @throws LoraError E_FILE, E_CONFIG, E_UNSUPPORTED, E_TENSORS, each with all its problems; SafetensorsError for the
 * weights file itself (missing, truncated, malformed)
 */
export async function loadAdapter(folder: string): Promise<Adapter> {
  const { config, raw } = parseAdapterConfig(await readConfig(folder), join(folder, configFile));
  const file = await openSafetensors(join(folder, weightsFile));
  try {
    const { modules: plans, problems } = planModules(file.entries, config);
    if (problems.length > 0) throw new LoraError("E_TENSORS", problems, { file: file.path });
    const modules = new Map<string, LoraModule>();
    for (const [path, plan] of plans) {
      const A = toFloat32(await file.read(peftKey(path, "A")));
      const B = toFloat32(await file.read(peftKey(path, "B")));
      modules.set(path, { ...plan, A, B });
    }
    // An empty name is what PEFT writes for a model without one.
    return { modules, baseModel: config.base_model_name_or_path || null, metadata: file.metadata, config: raw };
  } finally {
    await file.close();
  }
}
