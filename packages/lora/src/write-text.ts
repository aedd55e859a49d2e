import { open } from "node:fs/promises";

/** Writes a new file and flushes it to the disk. */
export async function writeText(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
