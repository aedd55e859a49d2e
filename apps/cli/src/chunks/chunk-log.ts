import { open, readFile } from "node:fs/promises";

/** Results of finished chunks, one line each, appended and flushed: what a killed run had done is not done again. */
export interface ChunkLog<Result> {
  /** Chunks found finished, in order. */
  readonly finished: readonly (readonly Result[])[];
  append(results: readonly Result[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens a log, or starts one. A last line that a kill left torn is cut off; the caller vouches for the rest (same key). */
export async function openChunkLog<Result>(path: string): Promise<ChunkLog<Result>> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const finished = whole
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Result[]);
  const file = await open(path, "a");
  await file.truncate(Buffer.byteLength(whole));
  return {
    finished,
    async append(results) {
      await file.appendFile(`${JSON.stringify(results)}\n`);
      await file.sync();
    },
    close: () => file.close(),
  };
}
