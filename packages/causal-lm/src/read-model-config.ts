import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CausalLmError } from "./errors.ts";
import { type ModelConfig, parseModelConfig } from "./model/config.ts";

/**
 * The config.json of a model folder, and its text.
 *
 * @throws {CausalLmError} E_MODEL_FILE, E_MODEL_CONFIG
 */
export async function readModelConfig(folder: string): Promise<{ config: ModelConfig; text: string }> {
  const path = join(folder, "config.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new CausalLmError(
      "E_MODEL_FILE",
      `${path}: expected a model folder with a config.json, got ${String(cause)}`,
      {
        cause,
      },
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CausalLmError("E_MODEL_CONFIG", `${path}: expected JSON, got ${String(cause)}`, { cause });
  }
  return { config: parseModelConfig(json, path), text };
}
