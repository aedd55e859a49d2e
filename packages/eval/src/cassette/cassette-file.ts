import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { EvalError } from "../errors.ts";
import { readLines } from "../search/read-lines.ts";
import type { CassetteEntry } from "./cassette.ts";

const entrySchema = z.strictObject({ port: z.string(), request: z.array(z.unknown()), response: z.unknown() });

const failed = (path: string, doing: string, cause: unknown): EvalError =>
  new EvalError("E_FILE", `${path}: expected to ${doing} the cassette, got ${(cause as Error).message}`, { cause });

export interface CassetteWriter {
  /** Adds a call: it is in the file when the promise is fulfilled. */
  readonly tell: (entry: CassetteEntry) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts a cassette file, JSONL, one call a line; a file that is there is an error. @throws {EvalError} E_FILE */
export async function createCassette(path: string): Promise<CassetteWriter> {
  try {
    return writer(await open(path, "wx"), path);
  } catch (cause) {
    throw failed(path, "start", cause);
  }
}

function writer(file: FileHandle, path: string): CassetteWriter {
  let last: Promise<unknown> = Promise.resolve();
  const tell = async (entry: CassetteEntry): Promise<void> => {
    // Lines one after another, whoever calls at the same time.
    const line = last.then(() => file.appendFile(`${JSON.stringify(entry)}\n`));
    last = line.catch(() => undefined);
    try {
      await line;
    } catch (cause) {
      throw failed(path, "write", cause);
    }
  };
  return { tell, close: () => last.then(() => file.close()) };
}

/**
 * The calls of a cassette file. A last line without its line feed is one that a stopped run did not finish, and is left out.
 *
 * @throws {EvalError} E_FILE, E_ROW
 */
export async function readCassette(path: string): Promise<CassetteEntry[]> {
  const lines: string[] = [];
  try {
    const decoder = new TextDecoder();
    for await (const bytes of readLines(path)) lines.push(decoder.decode(bytes));
  } catch (cause) {
    throw failed(path, "read", cause);
  }
  // The last piece is what follows the last line feed.
  return lines.slice(0, -1).map((line, i) => {
    try {
      const { port, request, response } = entrySchema.parse(JSON.parse(line));
      return { port, request, response };
    } catch (cause) {
      throw new EvalError(
        "E_ROW",
        `${path}:${i + 1}: call — expected {port, request, response}, got ${line.slice(0, 60)}`,
        { cause },
      );
    }
  });
}

export interface ResumedCassette extends CassetteWriter {
  /** What is recorded already. */
  readonly entries: readonly CassetteEntry[];
}

/**
 * Goes on with a cassette file, or starts it: its calls, and a writer that adds to them. A last line that was not finished is cut off.
 *
 * @throws {EvalError} E_FILE, E_ROW
 */
export async function resumeCassette(path: string): Promise<ResumedCassette> {
  let file: FileHandle;
  try {
    file = await open(path, "a+");
  } catch (cause) {
    throw failed(path, "open", cause);
  }
  try {
    const entries = await readCassette(path);
    const bytes = await file.readFile();
    await file.truncate(bytes.lastIndexOf("\n") + 1);
    return { entries, ...writer(file, path) };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}
