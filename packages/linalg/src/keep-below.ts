import { LinalgError } from "./errors.ts";
import { kernels } from "./wasm/kernels.ts";

/** Places at a time. */
const CHUNK = 8192;

/**
 * In place: each value divided by the divisor where its word is below the limit, else 0. With random words and limit = p 2³², a value is kept
 * with probability p.
 *
 * @throws {LinalgError} E_SHAPE unless there is a word for each value
 */
export function keepBelow(
  values: Float64Array,
  words: Uint32Array,
  { limit, divisor }: { readonly limit: number; readonly divisor: number },
): void {
  if (values.length !== words.length)
    throw new LinalgError("E_SHAPE", `keepBelow: expected ${values.length} words, got ${words.length}`);
  const { numbers, keepBelow: keep } = kernels();
  const [valuesAt, wordsAt] = [2, 2 + CHUNK];
  const memory = numbers(wordsAt + CHUNK / 2);
  const wordMemory = new Uint32Array(memory.buffer, 8 * wordsAt, CHUNK);
  memory.set([limit, divisor]);
  for (let from = 0; from < values.length; from += CHUNK) {
    const part = values.subarray(from, from + CHUNK);
    memory.set(part, valuesAt);
    wordMemory.set(words.subarray(from, from + CHUNK));
    keep(Math.ceil(part.length / 2), 8 * valuesAt, 8 * wordsAt, 0);
    part.set(memory.subarray(valuesAt, valuesAt + part.length));
  }
}
