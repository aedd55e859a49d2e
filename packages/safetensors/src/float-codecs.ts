/// <reference lib="es2025.float16" />
import type { Dtype } from "./dtype.ts";

/**
 * Float32 from and to the bytes of a dtype. Encoding rounds to nearest, ties to even, as torch does; NaN becomes the
 * dtype's canonical quiet NaN; what is too large becomes infinity. F32 keeps every bit. Hosts are little-endian.
 */
export interface FloatCodec {
  /** Fills `into`, which has as many elements. The bytes may begin anywhere, and may be the last of `into`'s own. */
  decode(bytes: Uint8Array, into: Float32Array<ArrayBuffer>): void;
  encode(values: Float32Array): Uint8Array<ArrayBuffer>;
}

/** Typed arrays begin at multiples of their elements' size. (A Buffer's `slice` would be no copy.) */
const evenly = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes));

const F32: FloatCodec = {
  decode: (bytes, { buffer, byteOffset }) => new Uint8Array(buffer, byteOffset, bytes.length).set(bytes),
  encode: (values) => new Uint8Array(new Float32Array(values).buffer),
};

const F16: FloatCodec = {
  decode(bytes, into) {
    const { buffer, byteOffset, length } = evenly(bytes);
    into.set(new Float16Array(buffer, byteOffset, length / 2));
  },
  encode: (values) => new Uint8Array(new Float16Array(values).buffer),
};

/** BF16 is the upper half of an F32. */
const BF16: FloatCodec = {
  decode(bytes, into) {
    const { buffer, byteOffset, length } = evenly(bytes);
    const halves = new Uint16Array(buffer, byteOffset, length / 2);
    const bits = new Uint32Array(into.buffer, into.byteOffset, into.length);
    // Upwards: what is written never passes what is still to be read, were it the last half of the same memory.
    for (let i = 0; i < bits.length; i++) bits[i] = halves[i]! << 16;
  },
  encode(values) {
    const bits = new Uint32Array(new Float32Array(values).buffer);
    const halves = new Uint16Array(bits.length);
    for (let i = 0; i < bits.length; i++) {
      const word = bits[i]!;
      const isNaN = (word & 0x7fffffff) > 0x7f800000;
      // Half a unit of the last kept bit, less one where that bit is even: a tie then stays.
      halves[i] = isNaN ? 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
    }
    return new Uint8Array(halves.buffer);
  },
};

/** The dtypes that convert to and from Float32Array. */
export type FloatDtype = Extract<Dtype, "F32" | "F16" | "BF16">;

export const floatCodecs: Readonly<Record<FloatDtype, FloatCodec>> = { F32, F16, BF16 };

export function isFloatDtype(dtype: Dtype): dtype is FloatDtype {
  return Object.hasOwn(floatCodecs, dtype);
}
