import { LinalgError } from "./errors.ts";
import type { Numbers } from "./matrix.ts";
import { kernels } from "./wasm/kernels.ts";

/** Places at a time. */
const CHUNK = 8192;

/** Limit and divisor lie before the values. */
const [VALUES_AT, WORDS_AT] = [16, 16 + 8 * CHUNK];

/**
 * In place: each value divided by the divisor where its word is below the limit, else 0. With random words and limit = p 2³², a value is kept
 * with probability p.
 *
 * @param values float32 numbers are divided in float32
 * @throws {LinalgError} E_SHAPE unless there is a word for each value
 */
export function keepBelow(
  values: Numbers["data"],
  words: Uint32Array,
  { limit, divisor }: { readonly limit: number; readonly divisor: number },
): void {
  if (values.length !== words.length)
    throw new LinalgError("E_SHAPE", `keepBelow: expected ${values.length} words, got ${words.length}`);
  if (limit <= 0) return void values.fill(0);
  const { numbers, keepBelow: keepWide, keepFloatsAtMost } = kernels();
  const { buffer } = numbers((WORDS_AT + 4 * CHUNK) / 8);
  const float = values instanceof Float32Array;
  if (float) {
    new Uint32Array(buffer, 0, 1).fill(Math.min(Math.ceil(limit), 2 ** 32) - 1);
    new Float32Array(buffer, 8, 1).fill(divisor);
  } else new Float64Array(buffer, 0, 2).set([limit, divisor]);
  const own = new (float ? Float32Array : Float64Array)(buffer, VALUES_AT, CHUNK);
  const ownWords = new Uint32Array(buffer, WORDS_AT, CHUNK);
  const [keep, lanes] = float ? [keepFloatsAtMost, 4] : [keepWide, 2];
  for (let from = 0; from < values.length; from += CHUNK) {
    const part = values.subarray(from, from + CHUNK);
    own.set(part);
    ownWords.set(words.subarray(from, from + CHUNK));
    keep(Math.ceil(part.length / lanes), VALUES_AT, WORDS_AT, 0);
    part.set(own.subarray(0, part.length));
  }
}
