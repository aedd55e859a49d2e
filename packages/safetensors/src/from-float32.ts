import { SafetensorsError } from "./errors.ts";
import { floatCodecs } from "./float-codecs.ts";
import type { FloatDtype } from "./float-codecs.ts";
import type { TensorView } from "./tensor-view.ts";

/**
 * A tensor of `shape` from its elements in row-major order, rounded to nearest (ties to even) where `dtype` is
 * narrower than float32. The bytes are new memory.
 *
 * @throws SafetensorsError E_SIZE (the shape holds another number of elements)
 */
export function fromFloat32(
  values: Float32Array,
  { dtype, shape }: { readonly dtype: FloatDtype; readonly shape: readonly number[] },
): TensorView {
  const elements = shape.reduce((product, size) => product * size, 1);
  if (values.length !== elements) {
    const what = `fromFloat32: expected ${elements} values (shape [${shape.join(",")}]), found ${values.length}`;
    throw new SafetensorsError("E_SIZE", what);
  }
  return { dtype, shape: [...shape], bytes: floatCodecs[dtype].encode(values) };
}
