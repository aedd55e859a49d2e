/// <reference types="node" />
import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SafetensorsError } from "./errors.ts";
import { layoutTensors } from "./layout-tensors.ts";
import type { TensorView } from "./tensor-view.ts";

/** One write call takes a 31-bit length. */
const chunkBytes = 2 ** 30;

/**
 * Writes a file under a temporary name in its own folder, flushes it to disk and renames it: whatever happens, the
 * final name holds the old file or the whole new one. Equal content gives equal bytes.
 *
 * @throws SafetensorsError E_WRITE (the temporary file is removed), or serialize's codes before anything is written
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, TensorView]>,
  metadata?: Iterable<readonly [string, string]>,
): Promise<void> {
  const { head, views } = layoutTensors(tensors, { metadata, file: path });
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, "wx");
    try {
      for (const bytes of [head, ...views.map((view) => view.bytes)]) await writeAll(handle, bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new SafetensorsError("E_WRITE", `expected to write the file, found ${(cause as Error).message}`, {
      file: path,
      cause,
    });
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(chunkBytes, bytes.length - done));
    done += bytesWritten;
  }
}
