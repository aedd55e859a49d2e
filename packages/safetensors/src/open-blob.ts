import { openSource } from "./open-source.ts";
import type { SafetensorsFile } from "./open-source.ts";

/** As much of a Blob as is read here; a browser's File and Node's Blob fit. */
export interface BlobLike {
  readonly size: number;
  slice(begin: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/**
 * Opens a file that a user chose or dropped: the header and single tensors are read, never the whole.
 *
 * @param name what messages call it
 * @throws SafetensorsError the first broken invariant
 */
export function openBlob(blob: BlobLike, name = "blob"): Promise<SafetensorsFile> {
  return openSource({
    name,
    size: blob.size,
    read: async ({ begin, end }) => new Uint8Array(await blob.slice(begin, end).arrayBuffer()),
    close: async () => {},
  });
}
