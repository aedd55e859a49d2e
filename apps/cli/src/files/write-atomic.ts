import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { CliError } from "../errors.ts";

/**
 * Writes a file under a temporary name beside it, flushes it to the disk and renames it: it is whole or it is not there.
 *
 * @throws CliError E_WRITE
 */
export async function writeAtomic(path: string, contents: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "w");
    try {
      await file.writeFile(contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    // Where the folder could not be made there is nothing to remove.
    await rm(temporary, { force: true }).catch(() => {});
    const found = (cause as Error).message;
    throw new CliError("E_WRITE", `${path}: expected to write the file, found ${found}`, { cause });
  }
}
