import type { z } from "zod";
import { PreferenceError } from "./errors.ts";
import { hashPrompt } from "./hash-prompt.ts";
import { itemRow, type Item } from "./item.ts";
import type { Message } from "./message.ts";
import { readJsonLines } from "./read-json-lines.ts";
import { writeJsonLines } from "./write-json-lines.ts";

const ordered = (messages: readonly Message[]) => messages.map(({ role, content }) => ({ role, content }));

const itemOf = ({ id, prompt, tools, answers, cluster }: z.output<typeof itemRow>): Item => ({
  id: id ?? hashPrompt(prompt, tools),
  prompt,
  ...(tools && { tools }),
  ...(answers && { answers }),
  ...(cluster !== undefined && { cluster }),
});

/**
 * A file's items as they are read, for files of any length: ids are not checked for being unique.
 *
 * @throws PreferenceError E_FILE, E_ENCODING, E_JSON, E_ROW
 */
export async function* streamItems(path: string): AsyncGenerator<Item> {
  for await (const { row } of readJsonLines(path, itemRow)) yield itemOf(row);
}

/**
 * All items of a file. An item without an id is named by the SHA-256 of its prompt.
 *
 * @throws PreferenceError E_FILE, E_ENCODING, E_JSON, E_ROW, E_DUPLICATE_ID
 */
export async function readItems(path: string): Promise<Item[]> {
  const lineOf = new Map<string, number>();
  const items: Item[] = [];
  for await (const { row, line } of readJsonLines(path, itemRow)) {
    const item = itemOf(row);
    const first = lineOf.get(item.id);
    if (first !== undefined) {
      const problem = `id — expected another than line ${first}'s, got ${JSON.stringify(item.id)} again`;
      throw new PreferenceError("E_DUPLICATE_ID", [problem], { file: path, line });
    }
    lineOf.set(item.id, line);
    items.push(item);
  }
  return items;
}

async function* rows(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item> {
  for await (const { id, prompt, tools, answers, cluster } of items)
    yield {
      id,
      prompt: ordered(prompt),
      ...(tools && { tools }),
      ...(answers && { answers }),
      ...(cluster !== undefined && { cluster }),
    };
}

/** Writes an items file, whole or not at all. @throws PreferenceError E_WRITE */
export const writeItems = (path: string, items: Iterable<Item> | AsyncIterable<Item>): Promise<void> =>
  writeJsonLines(path, rows(items));
