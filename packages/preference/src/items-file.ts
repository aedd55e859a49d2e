import { PreferenceError } from "./errors.ts";
import { hashPrompt } from "./hash-prompt.ts";
import { itemRow, type Item } from "./item.ts";
import type { Message } from "./message.ts";
import { readJsonLines } from "./read-json-lines.ts";
import { writeJsonLines } from "./write-json-lines.ts";

const ordered = (messages: readonly Message[]) => messages.map(({ role, content }) => ({ role, content }));

/**
 * All items of a file. An item without an id is named by the SHA-256 of its prompt.
 *
 * @throws PreferenceError E_FILE, E_ENCODING, E_JSON, E_ROW, E_DUPLICATE_ID
 */
export async function readItems(path: string): Promise<Item[]> {
  const lineOf = new Map<string, number>();
  const items: Item[] = [];
  for await (const { row, line } of readJsonLines(path, itemRow)) {
    const { id = hashPrompt(row.prompt), prompt, answers, cluster } = row;
    const first = lineOf.get(id);
    if (first !== undefined) {
      const problem = `id — expected another than line ${first}'s, got ${JSON.stringify(id)} again`;
      throw new PreferenceError("E_DUPLICATE_ID", [problem], { file: path, line });
    }
    lineOf.set(id, line);
    items.push({ id, prompt, ...(answers && { answers }), ...(cluster !== undefined && { cluster }) });
  }
  return items;
}

/** Writes an items file, whole or not at all. @throws PreferenceError E_WRITE */
export const writeItems = (path: string, items: Iterable<Item>): Promise<void> =>
  writeJsonLines(
    path,
    Array.from(items, ({ id, prompt, answers, cluster }) => ({ id, prompt: ordered(prompt), answers, cluster })),
  );
