import type { CausalLm } from "../causal-lm.ts";
import type { LoraWeights } from "../lora.ts";
import { forward, padRight } from "./forward.ts";
import { append, type KeyValueCache } from "./key-value-cache.ts";

interface Filling {
  /** What comes after that which the cache holds: one list of ids for each of its rows. */
  readonly prompts: readonly (readonly number[])[];
  /** Tokens of a row that run at once, padding included; fewer than a prompt has only for a row alone. */
  readonly part: number;
  readonly lora?: LoraWeights | undefined;
  /** Bytes of caches that are there meanwhile. */
  readonly held: number;
}

/**
 * Runs prompts into the rows of a cache.
 *
 * @returns logits after each row's last token: [B, vocab]
 */
export async function fillRows(
  lm: CausalLm,
  cache: KeyValueCache,
  { prompts, part, lora, held }: Filling,
): Promise<Float32Array> {
  const longest = Math.max(...prompts.map(({ length }) => length));
  const isCut = part < longest;
  let logits = new Float32Array();
  for (let start = 0; start < longest; start += part) {
    // All parts of a prompt see the cache, the first one too: they run on one compiled step.
    const ids = isCut ? [prompts[0]!.slice(start, start + part)] : prompts;
    const own = padRight(ids, part);
    const follows = isCut || cache.lengths[0]! > 0;
    const forwarded = await forward(lm, own, { cache: follows ? cache : undefined, lora, held });
    append(cache, { ...forwarded, counts: own.lengths });
    logits = forwarded.logits as Float32Array<ArrayBuffer>;
  }
  return logits;
}
