/// <reference types="node" />
import type { FileHandle } from "node:fs/promises";
import type { ByteRange } from "./byte-source.ts";
import { SafetensorsError } from "./errors.ts";
import type { Place } from "./errors.ts";

type Memory = Uint8Array<ArrayBuffer>;

/** One read call takes a 31-bit length. */
const chunkBytes = 2 ** 30;

/**
 * Bytes [begin, end) of an open file, in `into`, or as new memory.
 *
 * @throws SafetensorsError E_TRUNCATED (the file has become shorter since its header was checked)
 */
export async function readRange(
  handle: FileHandle,
  { begin, end, into: bytes = new Uint8Array(end - begin) }: ByteRange & { readonly into: Memory | undefined },
  place: Place,
): Promise<Memory> {
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
