import { readdir, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { parse } from "csv-parse/sync";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { EvalError } from "../errors.ts";
import type { Doc } from "./task-document.ts";

const isDoc = (value: unknown): value is Doc => typeof value === "object" && value !== null && !Array.isArray(value);

function checkRows(rows: readonly unknown[], path: string): Doc[] {
  return rows.map((row, i) => {
    if (isDoc(row)) return row;
    throw new EvalError("E_ROW", `${path}: row ${i + 1} — expected an object, got ${JSON.stringify(row)}`);
  });
}

function parseLines(text: string, path: string): unknown[] {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch (cause) {
      throw new EvalError("E_ROW", `${path}:${i + 1}: row — expected one JSON object, got ${line.slice(0, 60)}`, {
        cause,
      });
    }
  });
}

/** Numbers of Parquet as JSON has them. */
const withoutBigInts = (value: unknown): unknown => {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(withoutBigInts);
  if (isDoc(value) && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutBigInts(entry)]));
  }
  return value;
};

/** CSV has a header; its fields are texts. A quote within an unquoted field is itself, as for Python's reader. */
const formats: Readonly<Record<string, (path: string) => Promise<unknown[]>>> = {
  ".csv": async (path) =>
    parse(await readFile(path), { columns: true, relax_quotes: true, bom: true, skip_empty_lines: true }),
  ".jsonl": async (path) => parseLines(await readFile(path, "utf8"), path),
  ".json": async (path) => {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    // BIG-Bench's files hold a note beside the list.
    const rows = isDoc(value) ? value["examples"] : value;
    if (Array.isArray(rows)) return rows as unknown[];
    throw new Error(`expected a list of objects, got ${typeof value}`);
  },
  ".parquet": async (path) => (await parquetReadObjects({ file: await asyncBufferFromFile(path) })).map(withoutBigInts),
};

/**
 * Rows of a data set: CSV with a header, JSONL, a JSON list or an object with one as `examples`, or Parquet (uncompressed or Snappy), by the file's ending.
 *
 * @throws {EvalError} E_FILE for a file that cannot be read or has another ending, E_ROW
 */
export async function readDocuments(path: string): Promise<Doc[]> {
  const format = formats[extname(path).toLowerCase()];
  if (format === undefined) {
    throw new EvalError("E_FILE", `${path}: expected one of ${Object.keys(formats).join(", ")}, got ${basename(path)}`);
  }
  try {
    return checkRows(await format(path), path);
  } catch (cause) {
    if (cause instanceof EvalError) throw cause;
    throw new EvalError("E_FILE", `${path}: expected rows, got ${(cause as Error).message}`, { cause });
  }
}

/** A split's file in a folder: `test.jsonl`, `test-00000-of-00001.parquet`, `anatomy_test.csv` and the like; several are read in order. */
export async function readSplit(folder: string, split: string): Promise<Doc[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw new EvalError("E_FILE", `${folder}: expected a folder, got ${(cause as Error).message}`, { cause });
  }
  const own = names.filter(
    (name) => Object.hasOwn(formats, extname(name).toLowerCase()) && name.split(/[-_.]/).includes(split),
  );
  if (own.length === 0)
    throw new EvalError(
      "E_FILE",
      `${folder}: expected a file of the split ${split}, got ${names.join(", ") || "nothing"}`,
    );
  return (await Promise.all(own.toSorted().map((name) => readDocuments(join(folder, name))))).flat();
}

const LETTERS = "ABCD";

/**
 * MMLU as its authors publish it: CSV without a header, question, four choices, the right one's letter.
 *
 * @throws {EvalError} E_FILE, E_ROW
 */
export async function readMmlu(path: string): Promise<Doc[]> {
  let rows: string[][];
  try {
    rows = parse(await readFile(path), {
      relax_quotes: true,
      bom: true,
      skip_empty_lines: true,
      relax_column_count: true,
    });
  } catch (cause) {
    throw new EvalError("E_FILE", `${path}: expected CSV, got ${(cause as Error).message}`, { cause });
  }
  return rows.map((row, i) => {
    const [question, ...rest] = row;
    const letter = rest.pop() ?? "";
    const answer = letter.length === 1 ? LETTERS.indexOf(letter) : -1;
    if (rest.length !== 4 || answer < 0) {
      throw new EvalError(
        "E_ROW",
        `${path}:${i + 1}: expected a question, four choices and A to D, got ${row.length} fields, the last ${JSON.stringify(letter)}`,
      );
    }
    return { question: question!, choices: rest, answer };
  });
}
