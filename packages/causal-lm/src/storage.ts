import { fromFloat32, type TensorView, toFloat32 } from "@prefdelta/safetensors";
import type { ModelConfig } from "./model/config.ts";
import { EMBEDDING, layerWeightShapes, type Shape, weightShapes } from "./model/weights.ts";
import { float32, type HostTensor, scalesOf, type Storage } from "@prefdelta/tfjs-onnx";

/** Storages of 16-bit words, by their names in a checkpoint. */
const WORDS = { bf16: "BF16", f16: "F16" } as const satisfies Partial<Record<Storage, TensorView["dtype"]>>;
export type WordStorage = keyof typeof WORDS;

const isWords = (storage: Storage): storage is WordStorage => Object.hasOwn(WORDS, storage);

/** Words to float32, exactly. */
export const widenWords = (words: Uint16Array, storage: WordStorage): Float32Array =>
  toFloat32({
    dtype: WORDS[storage],
    shape: [words.length],
    bytes: new Uint8Array(words.buffer, words.byteOffset, words.byteLength),
  });

/** float32 to words, to nearest, ties to even. NaN stays NaN; what is too large, beyond 65,504 in f16, becomes infinite. */
export const narrowWords = (values: Float32Array, storage: WordStorage): Uint16Array =>
  new Uint16Array(fromFloat32(values, { dtype: WORDS[storage], shape: [values.length] }).bytes.buffer as ArrayBuffer);

/** The float32 form of a stored tensor; int32 and bool tensors pass through. */
export function widen(tensor: HostTensor, storage: Storage, scales?: HostTensor): HostTensor {
  const { dtype, shape, data } = tensor;
  if (dtype === "uint16") return float32(shape, widenWords(data as Uint16Array, storage as WordStorage));
  if (dtype === "int8" && scales) {
    const width = data.length / shape[0]!;
    return float32(
      shape,
      Float32Array.from(data, (value, i) => value * (scales.data[Math.floor(i / width)] ?? 0)),
    );
  }
  return tensor;
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
    // Math.round is what this adds, at four times the price.
    for (let i = row * width; i < (row + 1) * width; i++) quantized[i] = Math.floor(values[i]! / scale + 0.5);
  }
  return { quantized, scales };
}

/** One tensor in the given storage, integers with their scales. Norm gains (vectors) stay float32. */
export function store(
  name: string,
  { shape, values }: { readonly shape: readonly number[]; readonly values: Float32Array },
  storage: Storage,
): Record<string, HostTensor> {
  if (storage === "f32" || shape.length < 2) return { [name]: float32(shape, values) };
  if (isWords(storage)) return { [name]: { dtype: "uint16", shape, data: narrowWords(values, storage) } };
  const { quantized, scales } = quantizeRows(values, shape[0]!);
  return {
    [name]: { dtype: "int8", shape, data: quantized },
    [scalesOf(name)]: float32([shape[0]!], scales),
  };
}

const BYTES = { f32: 4, bf16: 2, f16: 2, int8: 1, w8a8: 2 };

const elementsOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

const bytesOf = (shapes: Iterable<Shape>, storage: Storage): number =>
  [...shapes].reduce((sum, shape) => sum + BYTES[storage] * elementsOf(shape), 0);

/** Bytes of all weights in a storage; scales and norm gains, a thousandth of it, are counted as weights. */
export const weightBytes = (config: ModelConfig, storage: Storage): number =>
  bytesOf(weightShapes(config).values(), storage);

/** The same of one layer's. */
export const layerBytes = (config: ModelConfig, storage: Storage): number =>
  bytesOf(Object.values(layerWeightShapes(config)), storage);

/** The same of the embedding table alone, which no storage takes twice. */
export const embeddingBytes = (config: ModelConfig, storage: Storage): number =>
  bytesOf([weightShapes(config).get(EMBEDDING)!], storage === "w8a8" ? "int8" : storage);

/** Checkpoint types whose bytes are a storage's as they are. */
const TYPES: Partial<Record<Storage, TensorView["dtype"]>> = { f32: "F32", ...WORDS };

/** A tensor's numbers where they lie, if the storage is the checkpoint's type. */
function inPlace({ dtype, shape, bytes }: TensorView, storage: Storage): HostTensor | undefined {
  const kept = shape.length < 2 ? "f32" : storage;
  if (dtype !== TYPES[kept]) return undefined;
  const aligned = bytes.byteOffset % BYTES[kept] === 0 ? bytes : new Uint8Array(bytes);
  const place = [aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / BYTES[kept]] as const;
  return kept === "f32"
    ? float32(shape, new Float32Array(...place))
    : { dtype: "uint16", shape, data: new Uint16Array(...place) };
}

/**
 * The same from a checkpoint's tensor, in its own memory where the storage is the checkpoint's type.
 *
 * @param over a tensor that is needed no more: what is widened is put into its memory, of which the view's bytes may be the last
 */
export function storeView(
  name: string,
  view: TensorView,
  { storage, over }: { readonly storage: Storage; readonly over?: HostTensor | undefined },
): Record<string, HostTensor> {
  const kept = inPlace(view, storage);
  if (kept) return { [name]: kept };
  const fits = over?.data instanceof Float32Array && over.data.length === elementsOf(view.shape);
  const values = toFloat32(view, fits ? (over.data as Float32Array<ArrayBuffer>) : undefined);
  return store(name, { shape: view.shape, values }, storage);
}
