import { byteLength } from "./byte-length.ts";
import { SafetensorsError } from "./errors.ts";
import { floatCodecs, isFloatDtype } from "./float-codecs.ts";
import type { TensorView } from "./tensor-view.ts";

/**
 * The elements of an F32, F16 or BF16 tensor, in row-major order; each of them is exact in float32.
 *
 * @param into array that is filled and returned, a new one if absent; the tensor's bytes may be the last of its memory
 * @throws SafetensorsError E_CODEC (another dtype), E_SIZE (bytes or `into` do not fit the shape)
 */
export function toFloat32(
  { dtype, shape, bytes }: TensorView,
  into?: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  if (!isFloatDtype(dtype)) {
    throw new SafetensorsError("E_CODEC", `toFloat32: expected F32, F16 or BF16, found ${dtype}`);
  }
  const expected = byteLength(dtype, shape, {});
  if (bytes.length !== expected) {
    const what = `toFloat32: expected ${expected} bytes (shape [${shape.join(",")}] × ${dtype}), found ${bytes.length}`;
    throw new SafetensorsError("E_SIZE", what);
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  if (into !== undefined && into.length !== elements) {
    throw new SafetensorsError("E_SIZE", `toFloat32: expected an array of ${elements}, found one of ${into.length}`);
  }
  const values = into ?? new Float32Array(elements);
  floatCodecs[dtype].decode(bytes, values);
  return values;
}
