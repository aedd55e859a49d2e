import { open } from "node:fs/promises";
import { LoraError } from "./errors.ts";

/**
 * Writes a new file and flushes it to the disk.
 *
 * @throws LoraError E_WRITE
 */
export async function writeText(path: string, text: string): Promise<void> {
  try {
    const handle = await open(path, "wx");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new LoraError("E_WRITE", [`expected to write the file, found ${(cause as Error).message}`], {
      file: path,
      cause,
    });
  }
}
