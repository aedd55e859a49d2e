/**
 * Protocol-buffer wire encoding: just the record types that ONNX's schema uses.
 * https://protobuf.dev/programming-guides/encoding/
 */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const utf8 = new TextEncoder();

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Base-128, little-endian; negative integers as 64-bit two's complement (ten bytes). */
export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

const tag = (field: number, wireType: number): Uint8Array => varint(field * 8 + wireType);

export const int = (field: number, value: number | bigint): Uint8Array =>
  concatBytes([tag(field, VARINT), varint(value)]);

export const bytes = (field: number, value: Uint8Array): Uint8Array =>
  concatBytes([tag(field, LENGTH_DELIMITED), varint(value.length), value]);

export const string = (field: number, value: string): Uint8Array => bytes(field, utf8.encode(value));

export const message = (field: number, parts: readonly Uint8Array[]): Uint8Array => bytes(field, concatBytes(parts));

export function float(field: number, value: number): Uint8Array {
  const fixed = new Uint8Array(4);
  new DataView(fixed.buffer).setFloat32(0, value, true);
  return concatBytes([tag(field, FIXED32), fixed]);
}
