/// <reference types="node" />
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { SafetensorsError } from "./errors.ts";
import { openSource } from "./open-source.ts";
import type { SafetensorsFile } from "./open-source.ts";
import { readRange } from "./read-range.ts";

/**
 * Opens a file and reads its header only; tensors are read one by one on request. Close it when done.
 *
 * @throws SafetensorsError E_FILE (missing, or no file), or the first broken invariant, with the file's path
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await openFile(path);
  return openSource({
    name: path,
    size: await fileSize(handle, path),
    read: (range, tensor, into) => readRange(handle, { ...range, into }, { file: path, tensor }),
    close: () => handle.close(),
  });
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file);
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "none" : (cause as Error).message;
    throw new SafetensorsError("E_FILE", `expected a readable file, found ${found}`, { file, cause });
  }
}

async function fileSize(handle: FileHandle, file: string): Promise<number> {
  const stats = await handle.stat();
  if (stats.isFile()) return stats.size;
  await handle.close();
  throw new SafetensorsError("E_FILE", "expected a file, found a folder or device", { file });
}
