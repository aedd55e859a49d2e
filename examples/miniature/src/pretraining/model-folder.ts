import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { fromFloat32 } from "@prefdelta/safetensors";
import { writeSafetensors } from "@prefdelta/safetensors/node";
import type { Weight } from "./initial-weights.ts";
import type { Shape } from "./ladder.ts";
import { generationConfig, modelConfig } from "./model-config.ts";

const dataFolder = new URL("../../data/", import.meta.url);

/** Writes a Hugging Face folder: config, tokenizer and the weights in bfloat16. */
export async function writeModelFolder(
  folder: URL,
  { shape, weights }: { readonly shape: Shape; readonly weights: ReadonlyMap<string, Weight> },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const configs = { "config.json": modelConfig(shape), "generation_config.json": generationConfig };
  for (const [name, config] of Object.entries(configs)) {
    await writeFile(new URL(name, folder), `${JSON.stringify(config, null, 2)}\n`);
  }
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    await copyFile(new URL(name, dataFolder), new URL(name, folder));
  }
  const tensors = Array.from(
    weights,
    ([name, { shape, values }]) => [name, fromFloat32(values, { dtype: "BF16", shape })] as const,
  );
  // transformers looks for this entry.
  await writeSafetensors(fileURLToPath(new URL("model.safetensors", folder)), tensors, [["format", "pt"]]);
}
