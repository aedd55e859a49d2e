import { PreferenceError } from "./errors.ts";
import { type Item, itemSchema } from "./item.ts";
import { readJsonLines, writeJsonLines } from "./json-lines.ts";
import { type Pair, pairSchema } from "./pair.ts";

/** Pairs of a pairs.jsonl, streamed. @throws {PreferenceError} E_FILE, E_ROW */
export const readPairs = (path: string): AsyncGenerator<Pair> => readJsonLines(path, pairSchema);

/** Keys in one order, whatever the row was made of: the same pairs are the same bytes. */
function* ordered(pairs: Iterable<Pair>): Generator<Pair> {
  for (const { prompt, chosen, rejected, prompt_id, chosen_model, rejected_model, ...rest } of pairs) {
    const extra = Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
    yield { prompt, chosen, rejected, prompt_id, chosen_model, rejected_model, ...extra };
  }
}

export const writePairs = (path: string, pairs: Iterable<Pair>): Promise<void> => writeJsonLines(path, ordered(pairs));

/** All items of a file. @throws {PreferenceError} E_FILE, E_ROW, E_DUPLICATE_ID */
export async function readItems(path: string): Promise<Item[]> {
  const items = await Array.fromAsync(readJsonLines(path, itemSchema));
  const seen = new Set<string>();
  const repeated = items.map(({ id }) => id).filter((id) => seen.size === seen.add(id).size);
  if (repeated.length > 0) {
    throw new PreferenceError(
      "E_DUPLICATE_ID",
      `${path}: id — expected each once, found again: ${repeated.join(", ")}`,
    );
  }
  return items;
}

export const writeItems = (path: string, items: Iterable<Item>): Promise<void> =>
  writeJsonLines(
    path,
    [...items].map(({ id, prompt, answers, cluster }) => ({ id, prompt, answers, cluster })),
  );
