/// <reference types="node" />
import type { FileHandle } from "node:fs/promises";
import { SafetensorsError } from "./errors.ts";
import type { Place } from "./errors.ts";

/** One read call takes a 31-bit length. */
const chunkBytes = 2 ** 30;

/**
 * Bytes [begin, end) of an open file, as new memory.
 *
 * @throws SafetensorsError E_TRUNCATED (the file has become shorter since its header was checked)
 */
export async function readRange(
  handle: FileHandle,
  { begin, end }: { readonly begin: number; readonly end: number },
  place: Place,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - begin);
  for (let filled = 0; filled < bytes.length;) {
    const length = Math.min(chunkBytes, bytes.length - filled);
    const { bytesRead } = await handle.read(bytes, filled, length, begin + filled);
    if (bytesRead === 0) {
      throw new SafetensorsError("E_TRUNCATED", `expected at least ${end} bytes, found ${begin + filled}`, place);
    }
    filled += bytesRead;
  }
  return bytes;
}
