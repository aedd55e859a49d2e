import type { ByteSource } from "./byte-source.ts";
import { SafetensorsError } from "./errors.ts";
import { headerLength, prefixBytes } from "./header-length.ts";
import { parseHeader } from "./parse-header.ts";
import type { TensorEntry } from "./tensor-entry.ts";
import type { TensorView } from "./tensor-view.ts";

/** An open file whose header has been read and checked against the file's size. */
export interface SafetensorsFile {
  /** Its path, address or name. */
  readonly path: string;
  /** Tensors by position in the file. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Reads one tensor's bytes; the view is yours. */
  read(name: string): Promise<TensorView>;
  close(): Promise<void>;
}

/**
 * Reads the header only; tensors are read one by one on request. The source is closed if the header is refused.
 *
 * @throws SafetensorsError the first broken invariant, with the source's name
 */
export async function openSource(source: ByteSource): Promise<SafetensorsFile> {
  const { name: path, size: fileBytes } = source;
  try {
    const prefix = await source.read({ begin: 0, end: Math.min(prefixBytes, fileBytes) });
    const dataStart = prefixBytes + headerLength(prefix, { fileBytes, file: path });
    const header = await source.read({ begin: prefixBytes, end: dataStart });
    const { entries, metadata } = parseHeader(header, { fileBytes, file: path });
    let open = true;
    return {
      path,
      entries,
      metadata,
      async read(tensor) {
        const entry = entries.get(tensor);
        const place = { file: path, tensor };
        if (!open) throw new SafetensorsError("E_CLOSED", "expected an open file, found it closed", place);
        if (entry === undefined) {
          const what = `expected one of ${entries.size} tensors, found no such name`;
          throw new SafetensorsError("E_TENSOR_NOT_FOUND", what, place);
        }
        const { dtype, shape } = entry;
        return { dtype, shape, bytes: await source.read(entry, tensor) };
      },
      async close() {
        open = false;
        await source.close();
      },
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}
