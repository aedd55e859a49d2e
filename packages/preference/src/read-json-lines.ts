import { createReadStream } from "node:fs";
import type { z } from "zod";
import { describeIssues } from "./describe-issues.ts";
import { PreferenceError, type Place } from "./errors.ts";

const newline = 0x0a;

/** A file's lines as bytes, without their line feeds. Memory: one line and one chunk. */
async function* byteLines(path: string): AsyncGenerator<Uint8Array> {
  let pending: Buffer[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      yield Buffer.concat([...pending, chunk.subarray(start, end)]);
      pending = [];
      start = end + 1;
    }
    pending.push(chunk.subarray(start));
  }
  yield Buffer.concat(pending);
}

function parseLine<T>(bytes: Uint8Array, schema: z.ZodType<T>, place: Place): T | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PreferenceError("E_ENCODING", ["row — expected UTF-8, got other bytes"], { ...place, cause });
  }
  if (text.trim() === "") return undefined;
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (cause) {
    const start = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    const problem = `row — expected a JSON object, got ${start} (${(cause as Error).message})`;
    throw new PreferenceError("E_JSON", [problem], { ...place, cause });
  }
  const parsed = schema.safeParse(row);
  if (!parsed.success) throw new PreferenceError("E_ROW", describeIssues(row, parsed.error.issues), place);
  return parsed.data;
}

export interface NumberedRow<T> {
  readonly row: T;
  /** 1-based. */
  readonly line: number;
}

/**
 * The rows of a JSONL file as they are read. Blank lines are passed over; a byte order mark and CRLF do no harm.
 *
 * @throws PreferenceError E_FILE; E_ENCODING, E_JSON, E_ROW at the first broken line, with all that is wrong in it
 */
export async function* readJsonLines<T>(path: string, schema: z.ZodType<T>): AsyncGenerator<NumberedRow<T>> {
  let line = 0;
  try {
    for await (const bytes of byteLines(path)) {
      line++;
      const row = parseLine(bytes, schema, { file: path, line });
      if (row !== undefined) yield { row, line };
    }
  } catch (cause) {
    if (cause instanceof PreferenceError) throw cause;
    const problem = `expected a file to read, got ${(cause as Error).message}`;
    throw new PreferenceError("E_FILE", [problem], { file: path, cause });
  }
}
