import { rm } from "node:fs/promises";

import type { Adapter } from "@prefdelta/lora";
import { loadAdapter } from "@prefdelta/lora/node";
import type { MergeOptions } from "@prefdelta/merge";
import { mergeFolders } from "@prefdelta/merge/node";

import type { MergeInputs } from "./merge-inputs.ts";

/** The merge at λ 1, for a model to answer with: merged module by module into a folder and read from there, so that its sources never are in memory. */
export async function mergedAtOne(
  { folders, names, baseModel, initial, signal }: Omit<MergeInputs, "dtype">,
  options: MergeOptions,
  folder: string,
): Promise<Adapter> {
  try {
    await mergeFolders(folders, { ...options, scale: 1 }, { out: folder, names, baseModel, initial, signal });
    return await loadAdapter(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
