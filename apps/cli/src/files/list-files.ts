import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { CliError } from "../errors.ts";

/** Every file below a folder, as sorted paths relative to it with "/" between folders. @throws {CliError} E_INPUT */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new CliError("E_INPUT", `${folder}: expected a folder, found ${(cause as Error).message}`, { cause });
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}
