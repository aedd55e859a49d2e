import { kernels } from "./wasm/kernels.ts";

/** The exponent's bits of a float32: all of them set in NaN and in the infinities alone. */
const EXPONENT = 0x7f800000;

/** Values at a time, which the first cache holds. */
const CHUNK = 2 ** 12;

/** The place of the first NaN or infinity, −1 if there is none. */
export function firstNotFinite(values: Float32Array): number {
  const { numbers, findNotFinite } = kernels();
  const { buffer } = numbers(2 + CHUNK / 2);
  const [found, memory] = [new Int32Array(buffer, 0, 4), new Float32Array(buffer, 16, CHUNK)];
  for (let from = 0; from < values.length; from += CHUNK) {
    const part = values.subarray(from, from + CHUNK);
    memory.set(part);
    memory.fill(0, part.length);
    findNotFinite(CHUNK / 4, 16, 0);
    if (found.some((word) => word < 0)) return from + firstOf(part);
  }
  return -1;
}

function firstOf(values: Float32Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return bits.findIndex((word) => (word & EXPONENT) === EXPONENT);
}
