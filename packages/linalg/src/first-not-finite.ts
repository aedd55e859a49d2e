/** The exponent's bits of a float32: all of them set in NaN and in the infinities alone. */
const EXPONENT = 0x7f800000;

/** The place of the first NaN or infinity, −1 if there is none. */
export function firstNotFinite(values: Float32Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) if ((bits[i]! & EXPONENT) === EXPONENT) return i;
  return -1;
}
