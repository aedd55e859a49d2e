import type { CausalLm } from "../causal-lm.ts";
import type { LoraWeights } from "../lora.ts";
import { type Prefix, roundLength } from "../training/layout.ts";
import { fillRows } from "./fill-rows.ts";
import { forward, padRight } from "./forward.ts";
import { cacheBytes, partSize } from "./generation-memory.ts";
import { createCache } from "./key-value-cache.ts";
import type { Past } from "./past-inputs.ts";

/** Fewer tokens in common are not worth a pass of their own. */
const SHORTEST = 32;

/** How many tokens all prompts begin with, each keeping one for itself at least; 0 where sharing them would not pay. */
export function sharedLength(prompts: readonly (readonly number[])[]): number {
  const [first, ...others] = prompts;
  if (!first || others.length === 0) return 0;
  let length = first.length - 1;
  for (const prompt of others) {
    length = Math.min(length, prompt.length - 1);
    for (let i = 0; i < length; i++) if (prompt[i] !== first[i]) length = i;
  }
  return length < SHORTEST ? 0 : length;
}

/** Tokens that came before, with their keys and values: one row, for all rows alike. */
export interface ComputedPrefix extends Prefix, Past {}

interface PrefixOptions {
  readonly lora?: LoraWeights | undefined;
  /** Bytes of caches that are there meanwhile. */
  readonly held?: number;
  /** Bytes that the pass may take beside: a beginning that takes more runs in parts. */
  readonly left: number;
}

/** Runs tokens through the decoder once for everything that begins with them. */
export async function computePrefix(
  lm: CausalLm,
  prefix: readonly number[],
  { lora, held = 0, left }: PrefixOptions,
): Promise<ComputedPrefix> {
  const slots = roundLength(prefix.length);
  const own = cacheBytes(lm.config, { rows: 1, capacity: slots });
  const part = partSize(lm, { tokens: prefix.length, capacity: slots, follows: false }, left - own);
  if (part < slots) {
    const cache = createCache(lm.config, { rows: 1, capacity: slots });
    await fillRows(lm, cache, { prompts: [prefix], part, lora, held: held + own });
    return { slots, length: prefix.length, keys: cache.keys, values: cache.values };
  }
  const { keys, values } = await forward(lm, padRight([prefix]), { lora, held });
  return { slots, length: prefix.length, keys, values };
}
