import { open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { LoraError } from "./errors.ts";
import { clearLeftovers, siblingName } from "./siblings.ts";

/**
 * Writes a file piece by piece under a temporary name beside it, flushes it and renames it. What a killed process left of the same file is
 * cleared away.
 *
 * @throws LoraError E_WRITE; the temporary file is removed
 */
export async function writeChunks(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  await clearLeftovers(resolve(path));
  const temporary = await siblingName(resolve(path), "tmp");
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
