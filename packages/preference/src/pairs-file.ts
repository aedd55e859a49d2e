import type { Message } from "./message.ts";
import { pairRow, type Pair } from "./pair.ts";
import { readJsonLines } from "./read-json-lines.ts";
import { writeJsonLines } from "./write-json-lines.ts";

/** A pairs.jsonl row by row. @throws PreferenceError E_FILE, E_ENCODING, E_JSON, E_ROW */
export async function* readPairs(path: string): AsyncGenerator<Pair> {
  for await (const { row } of readJsonLines(path, pairRow)) yield row;
}

const ordered = (messages: readonly Message[]) => messages.map(({ role, content }) => ({ role, content }));

/**
 * Own keys in their documented order, further ones by name, so that the order in which a row was put together changes no byte. What lies
 * deeper in further columns stays as it is: chat templates print tools in the order of their keys.
 */
async function* lines(pairs: Iterable<Pair> | AsyncIterable<Pair>): AsyncGenerator<Pair> {
  for await (const { prompt, chosen, rejected, prompt_id, chosen_model, rejected_model, ...extra } of pairs)
    yield {
      prompt: ordered(prompt),
      chosen: ordered(chosen),
      rejected: ordered(rejected),
      prompt_id,
      chosen_model,
      rejected_model,
      ...Object.fromEntries(Object.entries(extra).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    };
}

/** Writes a pairs.jsonl, whole or not at all. @throws PreferenceError E_WRITE */
export const writePairs = (path: string, pairs: Iterable<Pair> | AsyncIterable<Pair>): Promise<void> =>
  writeJsonLines(path, lines(pairs));
