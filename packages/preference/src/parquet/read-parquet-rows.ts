import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { PreferenceError } from "../errors.ts";

export interface NumberedParquetRow {
  readonly row: Record<string, unknown>;
  /** 1-based, to stand where a line number would. */
  readonly line: number;
}

/**
 * The rows of a Parquet file, one row group in memory at a time. 64-bit integers are bigints. Uncompressed and Snappy pages can be read.
 *
 * @throws PreferenceError E_FILE when the file cannot be read or is no Parquet
 */
export async function* readParquetRows(path: string): AsyncGenerator<NumberedParquetRow> {
  const failed = (cause: unknown) => {
    const problem = `expected a Parquet file to read, got ${(cause as Error).message}`;
    return Promise.reject(new PreferenceError("E_FILE", [problem], { file: path, cause }));
  };
  const file = await asyncBufferFromFile(path).catch(failed);
  const metadata = await parquetMetadataAsync(file).catch(failed);
  let start = 0;
  for (const { num_rows } of metadata.row_groups) {
    const end = start + Number(num_rows);
    const rows = await parquetReadObjects({ file, metadata, rowStart: start, rowEnd: end }).catch(failed);
    for (const [i, row] of rows.entries()) yield { row, line: start + i + 1 };
    start = end;
  }
}
