import { join } from "node:path";
import type { FloatDtype } from "@prefdelta/safetensors";
import { writeSafetensors } from "@prefdelta/safetensors/node";
import type { Adapter } from "./adapter.ts";
import { cardFile, configFile, weightsFile } from "./folder-files.ts";
import { modelCard } from "./model-card.ts";
import type { CardOptions } from "./model-card.ts";
import { peftForm } from "./peft-form.ts";
import type { PeftForm } from "./peft-form.ts";
import { portableConfig } from "./portable-config.ts";
import { portableTensors } from "./portable-tensors.ts";
import { isDora } from "./refuse-dora.ts";
import { replaceFolder } from "./replace-folder.ts";
import { writeText } from "./write-text.ts";

export interface SaveAdapterOptions {
  /** Default F32. */
  readonly dtype?: FloatDtype;
  /**
   * portable (default): what every engine reads alike. peft: the config it was loaded with, every key kept, and the
   * factors as they are; for PEFT alone.
   */
  readonly profile?: "portable" | "peft";
  /** PEFT's task_type in the portable profile, default "CAUSAL_LM"; null for a model that PEFT knows no task of. */
  readonly taskType?: string | null;
  readonly card?: CardOptions;
}

/**
 * Writes an adapter folder, by default in the portable profile: one rank (zero-padded), lora_alpha = r, no rslora, no patterns,
 * sorted target_modules, the scale folded into B. PEFT, vLLM, SGLang and llama.cpp's converter read it alike. The
 * adapter's metadata goes into the safetensors file and the README. Equal adapters give equal bytes. A DoRA adapter keeps that form, with its
 * magnitudes and `use_dora: true`, which many engines do not read (lintAdapter says which).
 *
 * The folder appears whole: it is written beside its final name and renamed. A folder already there is replaced if it
 * holds nothing but these three files.
 *
 * @throws LoraError E_ADAPTER (nothing is written), E_FOLDER (the folder holds other files), E_WRITE
 */
export async function saveAdapter(folder: string, adapter: Adapter, options: SaveAdapterOptions = {}): Promise<void> {
  const { dtype = "F32", profile = "portable", card } = options;
  const { tensors, config, rank } = profile === "peft" ? peftForm(adapter, dtype) : portable(adapter, options);
  // Loaders of the transformers family ask for this key.
  const metadata = new Map([...adapter.metadata, ["format", "pt"]]);

  await replaceFolder(folder, [weightsFile, configFile, cardFile], async (temporary) => {
    await writeSafetensors(join(temporary, weightsFile), tensors, metadata);
    await writeText(join(temporary, configFile), config);
    await writeText(join(temporary, cardFile), modelCard(adapter, { rank, dtype, card }));
  });
}

function portable(adapter: Adapter, { dtype = "F32", taskType = "CAUSAL_LM" }: SaveAdapterOptions): PeftForm {
  const { rank, tensors } = portableTensors(adapter, dtype);
  const { baseModel, modules } = adapter;
  const config = portableConfig({ rank, baseModel, taskType, paths: modules.keys(), dora: isDora(adapter) });
  return { tensors, config, rank: `${rank} (lora_alpha ${rank}, scale 1)` };
}
