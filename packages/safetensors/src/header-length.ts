import { SafetensorsError } from "./errors.ts";

/** Bytes before the header: its length, a little-endian u64. */
export const prefixBytes = 8;

/** The Rust crate's cap. It bounds what a reader allocates on a file's word. */
export const maxHeaderBytes = 100_000_000;

/**
 * Reads the header's length from the file's first 8 bytes.
 *
 * @throws SafetensorsError E_HEADER_TOO_SMALL, E_HEADER_TOO_LARGE, E_HEADER_LENGTH (the header would pass the file's end)
 */
export function headerLength(
  prefix: Uint8Array,
  { fileBytes, file }: { fileBytes: number; file?: string | undefined },
): number {
  if (fileBytes < prefixBytes) {
    const what = `expected at least ${prefixBytes} bytes for the header's length, found ${fileBytes}`;
    throw new SafetensorsError("E_HEADER_TOO_SMALL", what, { file });
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, prefixBytes).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    const what = `expected a header of at most ${maxHeaderBytes} bytes, found a length of ${length}`;
    throw new SafetensorsError("E_HEADER_TOO_LARGE", what, { file });
  }
  const end = prefixBytes + Number(length);
  if (end > fileBytes) {
    const what = `expected at least ${end} bytes (a header of ${length}), found ${fileBytes}`;
    throw new SafetensorsError("E_HEADER_LENGTH", what, { file });
  }
  return Number(length);
}
