import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LoraError } from "./errors.ts";
import { configFile } from "./folder-files.ts";

/**
 * The text of a folder's `adapter_config.json`.
 *
 * @throws LoraError E_FILE
 */
export async function readConfig(folder: string): Promise<string> {
  const file = join(folder, configFile);
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "none" : (cause as Error).message;
    throw new LoraError("E_FILE", [`expected the config of a PEFT adapter, found ${found}`], { file, cause });
  }
}
