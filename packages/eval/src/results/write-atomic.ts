import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { EvalError } from "../errors.ts";

/**
 * Writes under a temporary name in the same folder, then renames: the file is there whole or not at all.
 *
 * @throws {EvalError} E_FILE (the temporary file is removed)
 */
export async function writeAtomic(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new EvalError("E_FILE", `${path}: expected to write the file, got ${(cause as Error).message}`, { cause });
  }
}
