import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { PreferenceError } from "../errors.ts";

export interface NumberedParquetRow {
  readonly row: Record<string, unknown>;
  /** 1-based, to stand where a line number would. */
  readonly line: number;
}

/**
 * The rows of a Parquet file, one row group in memory at a time; of `columns` those that are there, all, unless it is given. 64-bit integers are bigints. Uncompressed and Snappy pages can be read.
 *
 * @throws PreferenceError E_FILE when the file cannot be read or is no Parquet
 */
export async function* readParquetRows(
  path: string,
  columns?: ReadonlySet<string>,
): AsyncGenerator<NumberedParquetRow> {
  const failed = (cause: unknown) => {
    const problem = `expected a Parquet file to read, got ${(cause as Error).message}`;
    return Promise.reject(new PreferenceError("E_FILE", [problem], { file: path, cause }));
  };
  const file = await asyncBufferFromFile(path).catch(failed);
  const metadata = await parquetMetadataAsync(file).catch(failed);
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const wanted = names.filter((name) => columns === undefined || columns.has(name));
  // Rows of which nothing is wanted are rows all the same.
  const read = { file, metadata, columns: wanted.length === 0 ? names : wanted };
  let start = 0;
  for (const { num_rows } of metadata.row_groups) {
    const end = start + Number(num_rows);
    const rows = await parquetReadObjects({ ...read, rowStart: start, rowEnd: end }).catch(failed);
    for (const [i, row] of rows.entries()) yield { row, line: start + i + 1 };
    start = end;
  }
}
