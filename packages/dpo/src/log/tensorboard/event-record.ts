import { bytesField, doubleField, floatField, integerField } from "../protobuf.ts";
import { maskedCrc32c } from "./crc32c.ts";

/** One TensorBoard event: the file's version at its beginning, else scalars of a step. */
export interface Event {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly scalars?: Readonly<Record<string, number>>;
}

/** Summary.Value: tag = 1, simple_value = 2. */
const scalarValue = (tag: string, value: number): Buffer => Buffer.concat([bytesField(1, tag), floatField(2, value)]);

/** tensorflow.Event: wall_time = 1, step = 2, file_version = 3, summary = 5 with values = 1. */
function encodeEvent({ wallTime, step = 0, fileVersion, scalars }: Event): Buffer {
  const values = Object.entries(scalars ?? {}).map(([tag, value]) => bytesField(1, scalarValue(tag, value)));
  return Buffer.concat([
    doubleField(1, wallTime),
    ...(step === 0 ? [] : [integerField(2, step)]),
    ...(fileVersion === undefined ? [] : [bytesField(3, fileVersion)]),
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
