import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/** Writes under a temporary name in the same folder, then renames: the file is there whole or not at all. */
export async function writeAtomic(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}
