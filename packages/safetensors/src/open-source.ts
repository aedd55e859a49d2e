import type { ByteRange, ByteSource } from "./byte-source.ts";
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
  /**
   * Reads one tensor's bytes; the view is yours.
   *
   * @param into memory that they are put into; new memory if absent
   * @throws SafetensorsError E_TENSOR_NOT_FOUND; E_SIZE: `into` has another length
   */
  read(name: string, into?: Uint8Array<ArrayBuffer>): Promise<TensorView>;
  /** Reads bytes [begin, end) of one tensor, counted from its first; they are yours. */
  readBytes(name: string, range: ByteRange): Promise<Uint8Array<ArrayBuffer>>;
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
    const find = (tensor: string): TensorEntry => {
      const entry = entries.get(tensor);
      const place = { file: path, tensor };
      if (!open) throw new SafetensorsError("E_CLOSED", "expected an open file, found it closed", place);
      if (entry !== undefined) return entry;
      const what = `expected one of ${entries.size} tensors, found no such name`;
      throw new SafetensorsError("E_TENSOR_NOT_FOUND", what, place);
    };
    return {
      path,
      entries,
      metadata,
      async read(tensor, into) {
        const { dtype, shape, begin, end } = find(tensor);
        if (into !== undefined && into.length !== end - begin) {
          const what = `expected memory of ${end - begin} bytes, found ${into.length}`;
          throw new SafetensorsError("E_SIZE", what, { file: path, tensor });
        }
        const bytes = await source.read({ begin, end }, tensor, into);
        if (into !== undefined && bytes !== into) into.set(bytes);
        return { dtype, shape, bytes: into ?? bytes };
      },
      async readBytes(tensor, range) {
        const { begin, end } = find(tensor);
        if (!(0 <= range.begin && range.begin <= range.end && range.end <= end - begin)) {
          const what = `expected a range within its ${end - begin} bytes, found [${range.begin}, ${range.end})`;
          throw new SafetensorsError("E_RANGE", what, { file: path, tensor });
        }
        return source.read({ begin: begin + range.begin, end: begin + range.end }, tensor);
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
