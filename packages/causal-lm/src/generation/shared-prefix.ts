import type { CausalLm } from "../causal-lm.ts";
import type { LoraWeights } from "../lora.ts";
import type { Prefix } from "../training/layout.ts";
import { forward, padRight } from "./forward.ts";
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

/** Runs tokens through the decoder once for everything that begins with them. */
export async function computePrefix(
  lm: CausalLm,
  prefix: readonly number[],
  lora: LoraWeights | undefined,
): Promise<ComputedPrefix> {
  const input = padRight([prefix]);
  const { keys, values } = await forward(lm, input, lora ? { lora } : {});
  return { slots: input.tokens, length: prefix.length, keys, values };
}
