import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileWriter, parquetWriteRows } from "hyparquet-writer";
import { describeIssues } from "../describe-issues.ts";
import { PreferenceError } from "../errors.ts";
import { pairRow, type Pair } from "../pair.ts";
import { pairsColumns } from "./pairs-columns.ts";
import { readParquetRows } from "./read-parquet-rows.ts";

const rowGroupSize = 1000;

/** A pairs.parquet row by row; columns without a value are left out of the row. @throws PreferenceError E_FILE, E_ROW */
export async function* readPairsParquet(path: string): AsyncGenerator<Pair> {
  for await (const { row, line } of readParquetRows(path)) {
    const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined));
    const parsed = pairRow.safeParse(given);
    if (!parsed.success)
      throw new PreferenceError("E_ROW", describeIssues(given, parsed.error.issues), { file: path, line });
    yield parsed.data;
  }
}

async function* from<T>(values: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* values;
}

/**
 * Writes a pairs.parquet, whole or not at all: lists of `{ role, content }`, as TRL and `datasets` read them. Further columns are those of the first
 * row: texts, numbers and booleans as they are, anything else as JSON. Memory: 1,000 rows.
 *
 * @throws PreferenceError E_WRITE, E_ROW; what `pairs` throws passes through
 */
export async function writePairsParquet(path: string, pairs: Iterable<Pair> | AsyncIterable<Pair>): Promise<void> {
  const iterator = from(pairs);
  const first = await iterator.next();
  const columns = pairsColumns(first.done === true ? undefined : first.value);
  let thrown: { readonly error: unknown } | undefined;
  async function* rows() {
    if (first.done === true) return;
    try {
      yield columns.row(first.value);
      for await (const pair of iterator) yield columns.row(pair);
    } catch (error) {
      thrown = { error };
      throw error;
    }
  }

  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const { names, schema } = columns;
    const writer = fileWriter(temporary);
    await parquetWriteRows({ writer, rows: rows(), columns: names.map((name) => ({ name })), schema, rowGroupSize });
    const handle = await open(temporary, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (thrown !== undefined) throw thrown.error;
    const problem = `expected to write the file, got ${(cause as Error).message}`;
    throw new PreferenceError("E_WRITE", [problem], { file: path, cause });
  }
}
