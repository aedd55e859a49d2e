import type { FloatDtype } from "@prefdelta/safetensors";

/** A metadata value; GGUF tells numbers' types apart, so each says its own. */
type GgufValue =
  | { readonly string: string }
  | { readonly u32: number }
  | { readonly f32: number }
  | { readonly strings: readonly string[] }
  | { readonly i32s: readonly number[] };

export interface GgufTensor {
  readonly name: string;
  /** Row-major, outermost first, as PyTorch has it; the file holds it the other way round. */
  readonly shape: readonly number[];
  readonly dtype: FloatDtype;
  /** Called once, when the tensor is written: a whole model need not be in memory. */
  readonly bytes: () => Uint8Array;
}

export interface GgufFile {
  readonly metadata: readonly (readonly [string, GgufValue])[];
  readonly tensors: readonly GgufTensor[];
}

const version = 3;
/** Of the data, and of each tensor in it; the default, so no key has to say it. */
const alignment = 32;

/** ggml's numbers of the types, and bytes of an element. */
const tensorTypes = {
  F32: { id: 0, bytes: 4 },
  F16: { id: 1, bytes: 2 },
  BF16: { id: 30, bytes: 2 },
} as const satisfies Record<FloatDtype, { id: number; bytes: number }>;

const valueTypes = { u32: 4, i32: 5, f32: 6, string: 8, array: 9 } as const;

/**
 * The bytes of a GGUF file, version 3, little-endian, piece by piece: head, then each tensor with its padding. Keys and
 * tensors stay in the order given (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 */
export function* encodeGguf({ metadata, tensors }: GgufFile): Generator<Uint8Array> {
  const head = byteWriter();
  head.raw(new TextEncoder().encode("GGUF"));
  head.u32(version);
  head.u64(tensors.length);
  head.u64(metadata.length);
  for (const [key, value] of metadata) {
    head.string(key);
    writeValue(head, value);
  }
  let offset = 0;
  for (const { name, shape, dtype } of tensors) {
    head.string(name);
    head.u32(shape.length);
    for (const size of shape.toReversed()) head.u64(size);
    head.u32(tensorTypes[dtype].id);
    head.u64(offset);
    offset += padded(byteLength(shape, dtype));
  }
  head.pad();
  yield head.bytes();
  for (const { shape, dtype, bytes } of tensors) {
    yield bytes();
    yield new Uint8Array(padded(byteLength(shape, dtype)) - byteLength(shape, dtype));
  }
}

const padded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

function byteLength(shape: readonly number[], dtype: FloatDtype): number {
  return shape.reduce((product, size) => product * size, tensorTypes[dtype].bytes);
}

function writeValue(out: ByteWriter, value: GgufValue): void {
  if ("string" in value) {
    out.u32(valueTypes.string);
    out.string(value.string);
  } else if ("u32" in value) {
    out.u32(valueTypes.u32);
    out.u32(value.u32);
  } else if ("f32" in value) {
    out.u32(valueTypes.f32);
    out.raw(new Uint8Array(Float32Array.of(value.f32).buffer));
  } else if ("strings" in value) {
    out.u32(valueTypes.array);
    out.u32(valueTypes.string);
    out.u64(value.strings.length);
    for (const text of value.strings) out.string(text);
  } else {
    out.u32(valueTypes.array);
    out.u32(valueTypes.i32);
    out.u64(value.i32s.length);
    out.raw(new Uint8Array(Int32Array.from(value.i32s).buffer));
  }
}

type ByteWriter = ReturnType<typeof byteWriter>;

function byteWriter() {
  const parts: Uint8Array[] = [];
  let length = 0;
  const raw = (bytes: Uint8Array): void => {
    parts.push(bytes);
    length += bytes.length;
  };
  const u64 = (value: number): void => raw(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  return {
    raw,
    u64,
    u32: (value: number): void => raw(new Uint8Array(Uint32Array.of(value).buffer)),
    string(text: string): void {
      const utf8 = new TextEncoder().encode(text);
      u64(utf8.length);
      raw(utf8);
    },
    pad: (): void => raw(new Uint8Array(padded(length) - length)),
    bytes(): Uint8Array<ArrayBuffer> {
      const whole = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      return whole;
    },
  };
}
