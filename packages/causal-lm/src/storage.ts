/// <reference lib="es2025.float16" />
import { type TensorView, toFloat32 } from "@prefdelta/safetensors";
import type { ModelConfig } from "./model/config.ts";
import { weightShapes } from "./model/weights.ts";
import { float32, type HostTensor, scalesOf, type Storage } from "@prefdelta/tfjs-onnx";

/** bfloat16 words to float32: the upper halves of the same numbers. */
export function widenBfloat16(words: Uint16Array): Float32Array {
  const bits = new Uint32Array(words.length);
  for (let i = 0; i < words.length; i++) bits[i] = words[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** float16 words to float32, exactly. */
const widenFloat16 = (words: Uint16Array): Float32Array =>
  new Float32Array(new Float16Array(words.buffer as ArrayBuffer, words.byteOffset, words.length));

/** float32 to float16 words, to nearest, ties to even; beyond 65,504 they are infinite. */
const narrowFloat16 = (values: Float32Array): Uint16Array => new Uint16Array(new Float16Array(values).buffer);

/** Words of 16 bits to float32, by the storage that they are of. */
export const widenWords = (words: Uint16Array, storage: Storage): Float32Array =>
  storage === "f16" ? widenFloat16(words) : widenBfloat16(words);

/** The float32 form of a stored tensor; int32 and bool tensors pass through. */
export function widen(tensor: HostTensor, storage: Storage, scales?: HostTensor): HostTensor {
  const { dtype, shape, data } = tensor;
  if (dtype === "uint16") return float32(shape, widenWords(data as Uint16Array, storage));
  if (dtype === "int8" && scales) {
    const width = data.length / shape[0]!;
    return float32(
      shape,
      Float32Array.from(data, (value, i) => value * (scales.data[Math.floor(i / width)] ?? 0)),
    );
  }
  return tensor;
}

/** float32 to bfloat16 words, to nearest, ties to even. NaN stays NaN. */
export function narrowBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const words = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) {
    const word = bits[i]!;
    const isNaN = (word & 0x7fff_ffff) > 0x7f80_0000;
    words[i] = isNaN ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return words;
}

/** Symmetric int8 with one scale per row: max |w| of the row / 127. */
function quantizeRows(values: Float32Array, rows: number): { quantized: Int8Array; scales: Float32Array } {
  const width = values.length / rows;
  const quantized = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let i = row * width; i < (row + 1) * width; i++) largest = Math.max(largest, Math.abs(values[i]!));
    const scale = largest === 0 ? 1 : largest / 127;
    scales[row] = scale;
    for (let i = row * width; i < (row + 1) * width; i++) quantized[i] = Math.round(values[i]! / scale);
  }
  return { quantized, scales };
}

/** The graph inputs that hold one weight in the given storage. Norm gains (vectors) stay float32. */
export function store(
  name: string,
  { shape, values }: { readonly shape: readonly number[]; readonly values: Float32Array },
  storage: Storage,
): Record<string, HostTensor> {
  if (storage === "f32" || shape.length < 2) return { [name]: float32(shape, values) };
  if (storage === "f16") return { [name]: { dtype: "uint16", shape, data: narrowFloat16(values) } };
  if (storage === "bf16") return { [name]: { dtype: "uint16", shape, data: narrowBfloat16(values) } };
  const { quantized, scales } = quantizeRows(values, shape[0]!);
  return {
    [name]: { dtype: "int8", shape, data: quantized },
    [scalesOf(name)]: float32([shape[0]!], scales),
  };
}

const BYTES = { f32: 4, bf16: 2, f16: 2, int8: 1 };

/** Bytes of all weights in a storage; scales and norm gains, a thousandth of it, are counted as weights. */
export const weightBytes = (config: ModelConfig, storage: Storage): number =>
  [...weightShapes(config).values()].reduce((sum, shape) => sum + BYTES[storage] * shape.reduce((a, b) => a * b), 0);

/** The same from a checkpoint's tensor. Words of 16 bits stay as they are, in place, where the storage is the checkpoint's. */
export function storeView(name: string, view: TensorView, storage: Storage): Record<string, HostTensor> {
  const { dtype, shape, bytes } = view;
  if (dtype.toLowerCase() !== storage || !(storage === "bf16" || storage === "f16") || shape.length < 2) {
    return store(name, { shape, values: toFloat32(view) }, storage);
  }
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const data = new Uint16Array(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / 2);
  return { [name]: { dtype: "uint16", shape, data } };
}
