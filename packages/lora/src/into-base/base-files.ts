import { readdir } from "node:fs/promises";

/** Of a checkpoint in shards; written last, since it is what says that the others are there. */
export const indexFile = "model.safetensors.index.json";

const kept = /\.(json|jinja|txt|model)$/;

/** What belongs to a model folder beside its weights: config, tokenizer, template. Other weights and cards stay behind. */
export async function companionFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory() && kept.test(entry.name)).map(({ name }) => name);
  return names.filter((name) => name !== indexFile && !name.endsWith(".index.json")).toSorted();
}
