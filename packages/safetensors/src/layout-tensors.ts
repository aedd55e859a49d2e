import { byteLength } from "./byte-length.ts";
import { dtypes, isDtype } from "./dtype.ts";
import { SafetensorsError } from "./errors.ts";
import type { SafetensorsErrorCode } from "./errors.ts";
import { maxHeaderBytes, prefixBytes } from "./header-length.ts";
import { metadataKey } from "./parse-header.ts";
import type { TensorView } from "./tensor-view.ts";
import { compareUtf8, encodeUtf8 } from "./utf8.ts";

/** A tensor as the layout sees it: bytes that are there already are checked against the shape. */
type LaidTensor = Pick<TensorView, "dtype" | "shape"> & Partial<Pick<TensorView, "bytes">>;

/** A file's bytes in order: `head`, then the bytes of each tensor. */
export interface Layout<T> {
  /** The 8 bytes of the header's length and the header, padded with spaces to a multiple of 8. */
  readonly head: Uint8Array;
  readonly tensors: readonly { readonly name: string; readonly tensor: T; readonly bytes: number }[];
  /** Size of the whole file. */
  readonly fileBytes: number;
}

/**
 * Arranges tensors as the Rust crate writes them: dtypes by falling alignment, then names in UTF-8 order. Metadata
 * is sorted by key (the crate leaves it in hash order), so equal content gives equal bytes.
 *
 * @throws SafetensorsError E_NAME, E_DUPLICATE_KEY, E_METADATA, E_DTYPE, E_TENSOR_INFO, E_SIZE, E_OVERFLOW, E_BITS, E_HEADER_TOO_LARGE
 */
export function layoutTensors<T extends LaidTensor>(
  tensors: Iterable<readonly [string, T]>,
  {
    metadata = [],
    file,
  }: { metadata?: Iterable<readonly [string, string]> | undefined; file?: string | undefined } = {},
): Layout<T> {
  const fail = (code: SafetensorsErrorCode, what: string): never => {
    throw new SafetensorsError(code, what, { file });
  };
  const sorted = unique(tensors, fail).sort(
    ([aName, a], [bName, b]) => dtypes.indexOf(b.dtype) - dtypes.indexOf(a.dtype) || compareUtf8(aName, bName),
  );
  const notes = unique(metadata, fail).sort(([a], [b]) => compareUtf8(a, b));
  for (const [key, value] of notes) {
    const shown = JSON.stringify(key);
    if (!value.isWellFormed())
      fail("E_METADATA", `key ${shown}: expected a value of whole characters, found a lone surrogate`);
  }

  const fields: string[] = [];
  if (notes.length > 0) {
    fields.push(
      `"${metadataKey}":{${notes.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`,
    );
  }
  let offset = 0;
  const laid = sorted.map(([name, tensor]) => {
    if (name === metadataKey) fail("E_NAME", `expected a tensor's name, found the reserved ${metadataKey}`);
    const bytes = checkedLength(tensor, { file, tensor: name });
    const info = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, offset + bytes] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
    offset += bytes;
    return { name, tensor, bytes };
  });
  const head = encodeHead(`{${fields.join(",")}}`, file);
  return { head, tensors: laid, fileBytes: head.length + offset };
}

function unique<T>(
  items: Iterable<readonly [string, T]>,
  fail: (code: SafetensorsErrorCode, what: string) => never,
): [string, T][] {
  const byName = new Map<string, T>();
  for (const [name, item] of items) {
    const shown = JSON.stringify(name);
    if (!name.isWellFormed()) fail("E_NAME", `expected a name of whole characters, found ${shown}`);
    if (byName.has(name)) fail("E_DUPLICATE_KEY", `expected each name once, found ${shown} twice`);
    byName.set(name, item);
  }
  return [...byName];
}

function checkedLength(
  { dtype, shape, bytes }: LaidTensor,
  place: { file?: string | undefined; tensor: string },
): number {
  if (!isDtype(dtype))
    throw new SafetensorsError("E_DTYPE", `expected one of ${dtypes.join(" ")}, found ${String(dtype)}`, place);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new SafetensorsError("E_TENSOR_INFO", `shape: expected integers ≥ 0, found [${shape.join(",")}]`, place);
  }
  const expected = byteLength(dtype, shape, place);
  if (bytes === undefined || bytes.length === expected) return expected;
  const what = `expected ${expected} bytes (shape [${shape.join(",")}] × ${dtype}), found ${bytes.length}`;
  throw new SafetensorsError("E_SIZE", what, place);
}

function encodeHead(json: string, file: string | undefined): Uint8Array {
  const header = encodeUtf8(json);
  const length = Math.ceil(header.length / 8) * 8;
  if (length > maxHeaderBytes) {
    const what = `expected a header of at most ${maxHeaderBytes} bytes, found ${length}`;
    throw new SafetensorsError("E_HEADER_TOO_LARGE", what, { file });
  }
  const head = new Uint8Array(prefixBytes + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(header, prefixBytes);
  return head;
}
