import { layoutTensors } from "./layout-tensors.ts";
import type { TensorView } from "./tensor-view.ts";

/**
 * Writes a file into memory, byte for byte as the Rust crate does; equal content gives equal bytes in whatever
 * order it comes.
 *
 * @throws SafetensorsError E_NAME, E_DUPLICATE_KEY, E_METADATA, E_DTYPE, E_TENSOR_INFO, E_SIZE, E_OVERFLOW, E_BITS, E_HEADER_TOO_LARGE
 */
export function serialize(
  tensors: Iterable<readonly [string, TensorView]>,
  metadata?: Iterable<readonly [string, string]>,
): Uint8Array<ArrayBuffer> {
  const { head, tensors: laid, fileBytes } = layoutTensors(tensors, { metadata });
  const bytes = new Uint8Array(fileBytes);
  bytes.set(head);
  let at = head.length;
  for (const { tensor } of laid) {
    bytes.set(tensor.bytes, at);
    at += tensor.bytes.length;
  }
  return bytes;
}
