import { crc32 } from "node:zlib";

/** Bytes of a block. */
const BLOCK = 32_768;
/** CRC-32 (4 bytes), length (2) and kind (1) of a piece. */
const PIECE_HEADER = 7;
const kinds = { whole: 1, first: 2, middle: 3, last: 4 } as const;

/** ":W&B", W&B's magic number and version 0: what a run's file begins with. */
export const runLogHeader = Buffer.from([...Buffer.from(":W&B"), 0xe1, 0xbe, 0]);

function kindOf(isFirst: boolean, isLast: boolean): number {
  if (isFirst) return isLast ? kinds.whole : kinds.first;
  return isLast ? kinds.last : kinds.middle;
}

/**
 * A record as it stands in LevelDB's log format (leveldb/doc/log_format.md), with zlib's CRC-32, as W&B's files have it, of kind and data: cut
 * where a block of 32 KiB ends, a block's last bytes left zero where no header fits.
 *
 * @param at where in the file it will stand, bytes
 */
export function runLogRecord(record: Buffer, at: number): Buffer {
  const parts: Buffer[] = [];
  let [position, from] = [at, 0];
  for (let isFirst = true, isLast = false; !isLast;) {
    const left = BLOCK - (position % BLOCK);
    if (left < PIECE_HEADER) {
      parts.push(Buffer.alloc(left));
      position += left;
      continue;
    }
    const data = record.subarray(from, from + left - PIECE_HEADER);
    from += data.length;
    isLast = from === record.length;
    const kind = Buffer.from([kindOf(isFirst, isLast)]);
    const header = Buffer.alloc(PIECE_HEADER);
    header.writeUInt32LE(crc32(data, crc32(kind)), 0);
    header.writeUInt16LE(data.length, 4);
    kind.copy(header, 6);
    parts.push(header, data);
    position += PIECE_HEADER + data.length;
    // Where a block has room for a header alone, the first piece is empty, and is the first all the same.
    isFirst = false;
  }
  return Buffer.concat(parts);
}
