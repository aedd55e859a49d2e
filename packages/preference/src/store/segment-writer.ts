import type { FileHandle } from "node:fs/promises";
import { PreferenceError } from "../errors.ts";
import type { Location } from "./key-index.ts";

/** A segment is closed once it is so long, in bytes. */
const fullSegment = 2 ** 28;

export interface OpenSegment {
  readonly handle: FileHandle;
  readonly number: number;
  readonly path: string;
}

export interface SegmentWriter {
  /** Resolves with where the line lies once the operating system has it: from then on no kill of this process can lose it. */
  append(line: string): Promise<Location>;
  /** Waits for all lines and flushes them to the disk. */
  close(): Promise<void>;
}

interface Waiting {
  readonly bytes: Buffer;
  readonly resolve: (location: Location) => void;
  readonly reject: (error: unknown) => void;
}

const writeError = (path: string, cause: unknown) =>
  new PreferenceError("E_WRITE", [`expected to write the file, got ${(cause as Error).message}`], {
    file: path,
    cause,
  });

/**
 * Appends lines to segments of this writer's own; lines that come while others are written go together. After a failure (a full disk) it takes no
 * more: what follows half a line would be lost with it.
 */
export function createSegmentWriter(open: () => Promise<OpenSegment>): SegmentWriter {
  let segment: OpenSegment | undefined;
  let size = 0;
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let failure: unknown;

  const roll = async (): Promise<OpenSegment> => {
    if (segment !== undefined && size < fullSegment) return segment;
    await finish();
    segment = await open();
    size = 0;
    return segment;
  };

  const finish = async () => {
    const last = segment;
    segment = undefined;
    if (last === undefined) return;
    try {
      await last.handle.sync();
    } finally {
      await last.handle.close();
    }
  };

  const writeAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        if (failure !== undefined) throw failure;
        const { handle, number, path } = await roll();
        await handle
          .writeFile(Buffer.concat(batch.map(({ bytes }) => bytes)))
          .catch((cause: unknown) => Promise.reject(writeError(path, cause)));
        for (const { bytes, resolve } of batch) {
          resolve({ segment: number, offset: size, length: bytes.length - 1 });
          size += bytes.length;
        }
      } catch (error) {
        failure = error;
        for (const { reject } of batch) reject(error);
      }
    }
    running = undefined;
  };

  return {
    append: (line) =>
      new Promise((resolve, reject) => {
        waiting.push({ bytes: Buffer.from(`${line}\n`), resolve, reject });
        running ??= writeAll();
      }),
    async close() {
      await running;
      await finish();
    },
  };
}
