import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EncodedPair } from "./encode-pair.ts";
import { GrowingArray } from "./growing-array.ts";
import { decodeRecord, encodeRecord } from "./pair-record.ts";

/** Encoded pairs on the disk. Memory: 8 bytes a pair, and what is being written or read. */
export interface PairFile {
  /** Pairs appended. */
  readonly length: number;
  append(pair: EncodedPair): Promise<void>;
  /** Pairs by their places, in the order asked for; places that follow on each other are read at once. */
  read(places: ArrayLike<number>): Promise<EncodedPair[]>;
  /** The pairs are gone then. */
  close(): Promise<void>;
}

/** Bytes that are written together. */
const WRITE_BYTES = 1 << 20;

/**
 * A file of encoded pairs for the time of a run, in a folder that is there. It has no name while it is used, so that nothing is left of it however
 * the run ends.
 */
export async function createPairFile(folder: string): Promise<PairFile> {
  const path = join(folder, `.pairs-${randomUUID()}.tmp`);
  const handle = await open(path, "wx+");
  await rm(path);
  /** Where each record ends, bytes. */
  const ends = new GrowingArray((length) => new Float64Array(length));
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let written = 0;
  let end = 0;

  async function flush(): Promise<void> {
    if (pendingBytes === 0) return;
    const bytes = Buffer.concat(pending);
    [pending, pendingBytes] = [[], 0];
    await handle.write(bytes, 0, bytes.length, written);
    written += bytes.length;
  }

  /** The pairs from one place to another. */
  async function readRun(first: number, last: number): Promise<EncodedPair[]> {
    const at = ends.values();
    const from = first === 0 ? 0 : at[first - 1]!;
    const bytes = new Uint8Array(at[last]! - from);
    await handle.read(bytes, 0, bytes.length, from);
    return Array.from({ length: last - first + 1 }, (_, i) => {
      const start = first + i === 0 ? 0 : at[first + i - 1]!;
      return decodeRecord(bytes.subarray(start - from, at[first + i]! - from));
    });
  }

  return {
    get length() {
      return ends.length;
    },
    async append(pair) {
      const record = encodeRecord(pair);
      pending.push(record);
      pendingBytes += record.length;
      end += record.length;
      ends.push(end);
      if (pendingBytes >= WRITE_BYTES) await flush();
    },
    async read(places) {
      await flush();
      const pairs: EncodedPair[] = [];
      for (let i = 0; i < places.length;) {
        let next = i + 1;
        while (next < places.length && places[next] === places[next - 1]! + 1) next++;
        for (const pair of await readRun(places[i]!, places[next - 1]!)) pairs.push(pair);
        i = next;
      }
      return pairs;
    },
    close: () => handle.close(),
  };
}
