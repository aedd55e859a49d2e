import { open } from "node:fs/promises";

export interface StoredLine {
  readonly key: string;
  readonly offset: number;
  /** Without its line feed. */
  readonly length: number;
}

/** A line starts with `{"key":"` and 32 hexadecimal digits, so that an index can be made without parsing answers. */
const head = Buffer.from('{"key":"');
const keyLength = 32;
const key = /^[0-9a-f]{32}$/;

const newline = 0x0a;
const closing = 0x7d;

function keyOf(line: Buffer): string | undefined {
  const end = head.length + keyLength;
  if (line.length <= end || !line.subarray(0, head.length).equals(head)) return undefined;
  // Blocks that a power cut kept from the disk read as zeros; JSON has none.
  if (line[line.length - 1] !== closing || line.includes(0)) return undefined;
  const digits = line.toString("latin1", head.length, end);
  return key.test(digits) ? digits : undefined;
}

/** Bytes read at a time. */
const readSize = 2 ** 16;

/**
 * The whole lines of a segment. What a killed process left of its last line is no line: it has no line feed. `undefined` stands for a line that is
 * not one of ours, after a power cut say. Memory: one line, and one chunk that is filled again and again.
 */
export async function* scanSegment(path: string): AsyncGenerator<StoredLine | undefined> {
  const handle = await open(path);
  try {
    const buffer = Buffer.alloc(readSize);
    let pending: Buffer[] = [];
    let offset = 0;
    for (let position = 0; ;) {
      const { bytesRead } = await handle.read(buffer, 0, readSize, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      const chunk = buffer.subarray(0, bytesRead);
      let start = 0;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
        const tail = chunk.subarray(start, end);
        const line = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
        const name = keyOf(line);
        yield name === undefined ? undefined : { key: name, offset, length: line.length };
        offset += line.length + 1;
        pending = [];
        start = end + 1;
      }
      if (start < chunk.length) pending.push(Buffer.from(chunk.subarray(start)));
    }
  } finally {
    await handle.close();
  }
}
