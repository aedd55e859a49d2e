import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PreferenceError } from "./errors.ts";

/** Characters gathered before a write. */
const chunkLength = 2 ** 16;

async function* chunks(rows: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<string> {
  let text = "";
  for await (const row of rows) {
    text += `${JSON.stringify(row)}\n`;
    if (text.length < chunkLength) continue;
    yield text;
    text = "";
  }
  yield text;
}

/**
 * Writes rows under a temporary name in the same folder, flushes them to disk and renames: the final name holds the
 * old file or the whole new one.
 *
 * @throws PreferenceError E_WRITE (the temporary file is removed); what `rows` throws passes through
 */
export async function writeJsonLines(path: string, rows: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  const failed = (cause: unknown) =>
    new PreferenceError("E_WRITE", [`expected to write the file, got ${(cause as Error).message}`], {
      file: path,
      cause,
    });
  try {
    const handle = await open(temporary, "wx").catch((cause: unknown) => Promise.reject(failed(cause)));
    try {
      for await (const text of chunks(rows))
        await handle.writeFile(text).catch((cause: unknown) => Promise.reject(failed(cause)));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path).catch((cause: unknown) => Promise.reject(failed(cause)));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
