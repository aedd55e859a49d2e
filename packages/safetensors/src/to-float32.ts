import { byteLength } from "./byte-length.ts";
import { SafetensorsError } from "./errors.ts";
import { floatCodecs, isFloatDtype } from "./float-codecs.ts";
import type { TensorView } from "./tensor-view.ts";

/**
 * The elements of an F32, F16 or BF16 tensor, in row-major order, as a new array; each of them is exact in float32.
 *
 * @throws SafetensorsError E_CODEC (another dtype), E_SIZE (bytes do not fit the shape)
 */
export function toFloat32({ dtype, shape, bytes }: TensorView): Float32Array<ArrayBuffer> {
  if (!isFloatDtype(dtype)) {
    throw new SafetensorsError("E_CODEC", `toFloat32: expected F32, F16 or BF16, found ${dtype}`);
  }
  const expected = byteLength(dtype, shape, {});
  if (bytes.length !== expected) {
    const what = `toFloat32: expected ${expected} bytes (shape [${shape.join(",")}] × ${dtype}), found ${bytes.length}`;
    throw new SafetensorsError("E_SIZE", what);
  }
  return floatCodecs[dtype].decode(bytes);
}
