// Protocol Buffers' wire types.
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
};

const field = (number: number, wireType: number, payload: Buffer): Buffer =>
  Buffer.concat([varint(number * 8 + wireType), payload]);

/** A message, or a text, in a field. */
export function bytesField(number: number, payload: Buffer | string): Buffer {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  return field(number, BYTES, Buffer.concat([varint(bytes.length), bytes]));
}

/** A whole number of at least 0, below 2⁵³. */
export const integerField = (number: number, value: number): Buffer => field(number, VARINT, varint(value));

export function doubleField(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return field(number, FIXED64, bytes);
}

export function floatField(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return field(number, FIXED32, bytes);
}
