import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LoraError } from "./errors.ts";

/**
 * Writes a file piece by piece under a temporary name beside it, flushes it and renames it.
 *
 * @throws LoraError E_WRITE; the temporary file is removed
 */
export async function writeChunks(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, "wx");
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    const problem = `expected to write the file, found: ${(cause as Error).message}`;
    throw new LoraError("E_WRITE", [problem], { file: path, cause });
  }
}
