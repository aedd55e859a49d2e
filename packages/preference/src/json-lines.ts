import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { z } from "zod";
import { PreferenceError } from "./errors.ts";

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);

/** "FILE:LINE: KEY — expected …, found …" for every problem of a row. */
function describe(where: string, value: unknown, issues: readonly z.core.$ZodIssue[]): string {
  return issues
    .map(({ path, message }) => {
      const key = path.length === 0 ? "row" : path.map(String).join(".");
      return `${where}: ${key} — ${message.replace(/^Invalid input: /, "")}, found ${show(at(value, path))}`;
    })
    .join("\n");
}

function parseRow<T>(schema: z.ZodType<T>, line: string, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    const message = `${where}: row — expected one JSON object, found ${show(line)} (${(cause as Error).message})`;
    throw new PreferenceError("E_ROW", message, { cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new PreferenceError("E_ROW", describe(where, value, parsed.error.issues));
  return parsed.data;
}

/**
 * Rows of a JSONL file, one at a time; blank lines are passed over.
 *
 * @throws {PreferenceError} E_FILE, E_ROW with file and line
 */
export async function* readJsonLines<T>(path: string, schema: z.ZodType<T>): AsyncGenerator<T> {
  const stream = createReadStream(path, "utf8");
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  let number = 0;
  try {
    for await (const line of lines) {
      number++;
      if (line.trim() !== "") yield parseRow(schema, line, `${path}:${number}`);
    }
  } catch (cause) {
    if (cause instanceof PreferenceError) throw cause;
    throw new PreferenceError("E_FILE", `${path}: expected a readable file, got ${String(cause)}`, { cause });
  } finally {
    lines.close();
    stream.destroy();
  }
}

/** Writes rows under a temporary name in the same folder, then renames: the file is there whole or not at all. */
export async function writeJsonLines(path: string, rows: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, "wx");
  try {
    for await (const row of rows) await file.write(`${JSON.stringify(row)}\n`);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}
