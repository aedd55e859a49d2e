/// <reference types="node" />
import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SafetensorsError } from "./errors.ts";
import { layoutTensors } from "./layout-tensors.ts";
import type { StreamedTensor } from "./streamed-tensor.ts";
import type { TensorView } from "./tensor-view.ts";

/** One write call takes a 31-bit length. */
const chunkBytes = 2 ** 30;

/**
 * Writes a file under a temporary name in its own folder, flushes it to disk and renames it: whatever happens, the
 * final name holds the old file or the whole new one. Equal content gives equal bytes.
 *
 * A tensor given as `chunks` is written as they come, so that a file may be larger than memory.
 *
 * @throws SafetensorsError E_WRITE (with the tensor, where it was one's bytes) or E_SIZE (chunks of another length than the shape), serialize's codes before anything
 * is written; an error of `chunks` passes as it is. The temporary file is removed.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, TensorView | StreamedTensor]>,
  metadata?: Iterable<readonly [string, string]>,
): Promise<void> {
  const { head, tensors: laid } = layoutTensors(tensors, { metadata, file: path });
  let writing: string | undefined;
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, "wx");
    try {
      await writeAll(handle, head);
      for (const { name, tensor, bytes } of laid) {
        writing = name;
        if ("bytes" in tensor) await writeAll(handle, tensor.bytes);
        else await writeChunks(handle, tensor, { file: path, tensor: name, bytes });
      }
      writing = undefined;
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof SourceError) throw cause.cause;
    throw new SafetensorsError("E_WRITE", `expected to write the file, found ${(cause as Error).message}`, {
      file: path,
      tensor: writing,
      cause,
    });
  }
}

/** Marks an error that came from the tensors' own bytes, not from the file they go to. */
class SourceError extends Error {}

async function writeChunks(
  handle: FileHandle,
  { chunks }: StreamedTensor,
  { file, tensor, bytes }: { file: string; tensor: string; bytes: number },
): Promise<void> {
  let written = 0;
  const source = chunks()[Symbol.asyncIterator]();
  for (;;) {
    const next = await source.next().catch((cause: unknown) => {
      throw new SourceError("", { cause });
    });
    if (next.done === true) break;
    await writeAll(handle, next.value);
    written += next.value.length;
  }
  if (written !== bytes) {
    const what = `expected chunks of ${bytes} bytes together, found ${written}`;
    throw new SourceError("", { cause: new SafetensorsError("E_SIZE", what, { file, tensor }) });
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(chunkBytes, bytes.length - done));
    done += bytesWritten;
  }
}
