import { maskedCrc32c } from "./crc32c.ts";

/** One TensorBoard event: the file's version at its beginning, else scalars of a step. */
export interface Event {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly scalars?: Readonly<Record<string, number>>;
}

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

const bytesField = (number: number, payload: Buffer): Buffer =>
  field(number, BYTES, Buffer.concat([varint(payload.length), payload]));

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

/** Summary.Value: tag = 1, simple_value = 2. */
const scalarValue = (tag: string, value: number): Buffer =>
  Buffer.concat([bytesField(1, Buffer.from(tag)), field(2, FIXED32, float(value))]);

/** tensorflow.Event: wall_time = 1, step = 2, file_version = 3, summary = 5 with values = 1. */
function encodeEvent({ wallTime, step = 0, fileVersion, scalars }: Event): Buffer {
  const values = Object.entries(scalars ?? {}).map(([tag, value]) => bytesField(1, scalarValue(tag, value)));
  return Buffer.concat([
    field(1, FIXED64, double(wallTime)),
    ...(step === 0 ? [] : [field(2, VARINT, varint(step))]),
    ...(fileVersion === undefined ? [] : [bytesField(3, Buffer.from(fileVersion))]),
    ...(values.length === 0 ? [] : [bytesField(5, Buffer.concat(values))]),
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** An event as it stands in an event file, TFRecord's framing: length (u64), its masked CRC, the event, its masked CRC. */
export function eventRecord(event: Event): Buffer {
  const payload = encodeEvent(event);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(payload.length));
  return Buffer.concat([length, uint32(maskedCrc32c(length)), payload, uint32(maskedCrc32c(payload))]);
}
