/// <reference types="node" />
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { SafetensorsError } from "./errors.ts";
import { headerLength, prefixBytes } from "./header-length.ts";
import { parseHeader } from "./parse-header.ts";
import type { Header } from "./parse-header.ts";
import { readRange } from "./read-range.ts";
import type { TensorEntry } from "./tensor-entry.ts";
import type { TensorView } from "./tensor-view.ts";

/** An open file whose header has been read and checked against the file's size. */
export interface SafetensorsFile {
  readonly path: string;
  /** Tensors by position in the file. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Reads one tensor's bytes; the view is yours. */
  read(name: string): Promise<TensorView>;
  close(): Promise<void>;
}

/**
 * Opens a file and reads its header only; tensors are read one by one on request. Close it when done.
 *
 * @throws SafetensorsError E_FILE (missing, or no file), or the first broken invariant, with the file's path
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await openFile(path);
  try {
    const { entries, metadata } = await readHeader(handle, path);
    let open = true;
    return {
      path,
      entries,
      metadata,
      async read(name) {
        const entry = entries.get(name);
        const place = { file: path, tensor: name };
        if (!open) throw new SafetensorsError("E_CLOSED", "expected an open file, found it closed", place);
        if (entry === undefined) {
          throw new SafetensorsError(
            "E_TENSOR_NOT_FOUND",
            `expected one of ${entries.size} tensors, found no such name`,
            place,
          );
        }
        const { dtype, shape } = entry;
        return { dtype, shape, bytes: await readRange(handle, entry, place) };
      },
      async close() {
        open = false;
        await handle.close();
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file);
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "none" : (cause as Error).message;
    throw new SafetensorsError("E_FILE", `expected a readable file, found ${found}`, { file, cause });
  }
}

async function readHeader(handle: FileHandle, file: string): Promise<Header> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new SafetensorsError("E_FILE", "expected a file, found a folder or device", { file });
  const fileBytes = stats.size;
  const prefix = await readRange(handle, { begin: 0, end: Math.min(prefixBytes, fileBytes) }, { file });
  const dataStart = prefixBytes + headerLength(prefix, { fileBytes, file });
  return parseHeader(await readRange(handle, { begin: prefixBytes, end: dataStart }, { file }), { fileBytes, file });
}
