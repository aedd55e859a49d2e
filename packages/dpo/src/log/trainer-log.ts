import { open, readFile } from "node:fs/promises";
import { DpoError } from "../errors.ts";

/** One line of the log: TRL's metric names, with `epoch` and `step`. */
export type LogRow = Readonly<Record<string, number>>;

export interface TrainerLog {
  /** Length of the file, bytes. */
  readonly bytes: number;
  append(row: LogRow): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a JSONL log cut back to its first `keep` bytes, which a checkpoint vouches for: lines of steps after it will be written again.
 *
 * @throws {DpoError} E_CHECKPOINT when the file is shorter.
 */
export async function openTrainerLog(path: string, keep: number): Promise<TrainerLog> {
  const handle = await open(path, keep === 0 ? "w" : "r+");
  const { size } = await handle.stat();
  if (size < keep) {
    await handle.close();
    throw new DpoError("E_CHECKPOINT", `${path}: expected at least ${keep} bytes, as the checkpoint says, got ${size}`);
  }
  await handle.truncate(keep);
  let bytes = keep;
  return {
    get bytes() {
      return bytes;
    },
    async append(row) {
      const line = Buffer.from(`${JSON.stringify(row)}\n`);
      await handle.write(line, 0, line.length, bytes);
      bytes += line.length;
    },
    close: () => handle.close(),
  };
}

/** The rows of a finished log. */
export async function readTrainerLog(path: string): Promise<LogRow[]> {
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as LogRow);
}
