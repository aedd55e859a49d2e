import { readRows } from "@prefdelta/preference/node";
import { pairFromRow } from "./pair-from-row.ts";
import type { TrainingPair } from "./training-pair.ts";

/**
 * The pairs of a data set row by row: Parquet by the name's ending, else JSONL, in any of the shapes of `rowShapes`, which may differ from row
 * to row.
 *
 * @throws {DpoError} E_ROW; PreferenceError E_FILE, E_ENCODING, E_JSON, E_ROW of a file or line that cannot be read
 */
export async function* readTrainingPairs(path: string): AsyncGenerator<TrainingPair> {
  for await (const { row, line } of readRows(path)) yield pairFromRow(row, `${path}:${line}`);
}
