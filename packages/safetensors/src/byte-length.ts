import { dtypeBits } from "./dtype.ts";
import type { Dtype } from "./dtype.ts";
import { SafetensorsError } from "./errors.ts";
import type { Place } from "./errors.ts";

/**
 * Bytes that `shape` elements of `dtype` take. The product is checked at every step, because beyond 2^53 a
 * number silently loses units and a false size could pass as a true one.
 *
 * @throws SafetensorsError E_OVERFLOW (beyond 2^53), E_BITS (sub-byte elements that end inside a byte)
 */
export function byteLength(dtype: Dtype, shape: readonly number[], place: Place): number {
  const bits = [...shape, dtypeBits(dtype)].reduce((product, factor) => {
    const next = product * factor;
    if (Number.isSafeInteger(next)) return next;
    throw new SafetensorsError(
      "E_OVERFLOW",
      `shape [${shape.join(",")}] × ${dtype}: expected at most 2^53 bits`,
      place,
    );
  }, 1);
  if (bits % 8 !== 0) {
    const found = `${bits} bits (shape [${shape.join(",")}] × ${dtype})`;
    throw new SafetensorsError("E_BITS", `expected whole bytes, found ${found}`, place);
  }
  return bits / 8;
}
