import { headerLength, prefixBytes } from "./header-length.ts";
import { parseHeader } from "./parse-header.ts";
import type { TensorView } from "./tensor-view.ts";

/**
 * Reads a whole file held in memory. The views share its memory; nothing is copied.
 *
 * @returns tensors by position in the file, and the file's `__metadata__`
 * @throws SafetensorsError for the first broken invariant; see the README's table of codes
 */
export function deserialize(bytes: Uint8Array): { tensors: Map<string, TensorView>; metadata: Map<string, string> } {
  const fileBytes = bytes.length;
  const dataStart = prefixBytes + headerLength(bytes, { fileBytes });
  const { entries, metadata } = parseHeader(bytes.subarray(prefixBytes, dataStart), { fileBytes });
  const tensors = new Map<string, TensorView>();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    tensors.set(name, { dtype, shape, bytes: bytes.subarray(begin, end) });
  }
  return { tensors, metadata };
}
