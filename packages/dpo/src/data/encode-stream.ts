import { throwIfAborted } from "../abort.ts";
import { type EncodeOptions, encodePair } from "./encode-pair.ts";
import type { PairFile } from "./pair-file.ts";
import { PairTable } from "./pair-table.ts";
import type { PairTokenizer } from "./pair-tokenizer.ts";
import type { TrainingPair } from "./training-pair.ts";

/** Pairs one by one: a list, or a file as it is read. */
export type PairStream = Iterable<TrainingPair> | AsyncIterable<TrainingPair>;

interface StreamOptions extends EncodeOptions {
  readonly tokenizer: PairTokenizer;
  /** Gets the pairs that are kept. */
  readonly file: PairFile;
  /** Sees every pair in words; gives the number of its prompt. */
  readonly promptOf: (pair: TrainingPair) => number;
  /** Pairs read so far, told now and then. */
  readonly onProgress?: ((pairs: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Pairs between two tellings. */
const TELLING = 1000;

/**
 * Encodes pairs as they come and puts them on the disk: one pair in words is in memory.
 *
 * @throws {DpoError} E_TEMPLATE, E_PAIR, E_ABORTED; what the stream throws
 */
export async function encodeStream(pairs: PairStream, options: StreamOptions): Promise<PairTable> {
  const { tokenizer, file, promptOf, onProgress, signal } = options;
  const table = new PairTable(file.length);
  for await (const pair of pairs) {
    if (table.length % TELLING === 0) {
      throwIfAborted(signal, `after encoding ${table.length} pairs`);
      if (table.length > 0) onProgress?.(table.length);
    }
    const name = `pair ${table.length + 1} (${pair.prompt_id})`;
    const { outcome, encoded } = encodePair(tokenizer, pair, { ...options, name });
    table.push(outcome, promptOf(pair));
    if (encoded) await file.append(encoded);
  }
  return table;
}
