import { z } from "zod";
import { readParquetRows } from "./parquet/read-parquet-rows.ts";
import { type NumberedRow, readJsonLines } from "./read-json-lines.ts";

const anyRow = z.record(z.string(), z.unknown());

/**
 * The rows of any data set, whatever is in them, with their lines: Parquet by the name's ending, else JSONL.
 *
 * @throws PreferenceError E_FILE, E_ENCODING, E_JSON, E_ROW
 */
export const readRows = (path: string): AsyncGenerator<NumberedRow<Record<string, unknown>>> =>
  path.endsWith(".parquet") ? readParquetRows(path) : readJsonLines(path, anyRow);
