import { fromFloat32, toFloat32 } from "@prefdelta/safetensors";
import type { FloatDtype, TensorView } from "@prefdelta/safetensors";

/** A tensor's numbers: of an F32 tensor the memory of its bytes, where that is aligned, else new memory. */
export function float32View(tensor: TensorView): Float32Array {
  const { dtype, bytes } = tensor;
  if (dtype !== "F32" || bytes.byteOffset % 4 !== 0) return toFloat32(tensor);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Numbers as a tensor: in F32 the memory that they are in, else new memory. */
export function float32Tensor(
  values: Float32Array,
  { dtype, shape }: { readonly dtype: FloatDtype; readonly shape: readonly number[] },
): TensorView {
  if (dtype !== "F32") return fromFloat32(values, { dtype, shape });
  return { dtype, shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}
