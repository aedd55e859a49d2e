import type { Dtype } from "./dtype.ts";

/** A tensor as the file holds it: row-major, little-endian bytes of `shape` elements. */
export interface TensorView {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}
