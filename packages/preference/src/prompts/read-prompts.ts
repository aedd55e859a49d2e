import { z } from "zod";
import { hashPrompt } from "../hash-prompt.ts";
import type { Item } from "../item.ts";
import { readParquetRows } from "../parquet/read-parquet-rows.ts";
import { readJsonLines } from "../read-json-lines.ts";
import { writeJsonLines } from "../write-json-lines.ts";
import type { DroppedPrompt } from "./dropped-prompt.ts";
import { itemFromRow, promptFields, type PromptFields, type PromptFieldsInput } from "./item-from-row.ts";

const anyRow = z.record(z.string(), z.unknown());

/** The columns that fields are in: a data set's others, long answers say, need not be decoded. */
const columnsOf = ({ prompt, id, answers, cluster, tools }: PromptFields): ReadonlySet<string> =>
  new Set([prompt, id, answers, cluster, tools].flatMap((field) => (field ? [field.split(".")[0]!] : [])));

/**
 * Prompts of any data set, row by row: Parquet by the name's ending, else JSONL. An item without an id is named by the SHA-256 of its prompt, as in
 * readItems; ids are not checked for being unique.
 *
 * @throws PreferenceError E_FILE, E_ENCODING, E_JSON, E_ROW
 */
export async function* readPrompts(path: string, fields: PromptFieldsInput = {}): AsyncGenerator<Item> {
  const parsed = promptFields.parse(fields);
  const rows = path.endsWith(".parquet") ? readParquetRows(path, columnsOf(parsed)) : readJsonLines(path, anyRow);
  for await (const { row, line } of rows) {
    const { id, ...item } = itemFromRow(row, parsed, { file: path, line });
    yield { id: id ?? hashPrompt(item.prompt, item.tools), ...item };
  }
}

/** What was left out and why, a JSONL row each. @throws PreferenceError E_WRITE */
export const writeDropped = (path: string, dropped: Iterable<DroppedPrompt>): Promise<void> =>
  writeJsonLines(path, dropped);
