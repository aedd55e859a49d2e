import type { Dtype } from "./dtype.ts";

/** A tensor whose bytes are made while they are written, so that it never is in memory as a whole. */
export interface StreamedTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Its bytes in order; called once. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
}
