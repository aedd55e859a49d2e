import { join } from "node:path";
import { openSafetensors } from "@prefdelta/safetensors/node";
import { parseAdapterJson } from "./adapter-config.ts";
import { configFile, weightsFile } from "./folder-files.ts";
import { adapterFacts } from "./lint/adapter-facts.ts";
import { lintFacts } from "./lint/lint-facts.ts";
import type { EngineLint } from "./lint/lint-facts.ts";
import { readConfig } from "./read-config.ts";

/**
 * Whether PEFT, vLLM, SGLang, llama.cpp, LoRAX and TensorRT-LLM would serve the adapter in a folder as PEFT trained it,
 * and if not, why. The config and the weights' header are read, no weights: what loadAdapter refuses is told here.
 *
 * @throws LoraError E_FILE, E_CONFIG; SafetensorsError for the weights file
 */
export async function lintAdapter(folder: string): Promise<EngineLint[]> {
  const path = join(folder, configFile);
  const file = await openSafetensors(join(folder, weightsFile));
  try {
    return lintFacts(adapterFacts(parseAdapterJson(await readConfig(folder), path), file.entries, path));
  } finally {
    await file.close();
  }
}
