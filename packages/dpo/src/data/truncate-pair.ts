import type { Completion } from "@prefdelta/causal-lm";
import type { EncodedPair } from "./encode-pair.ts";

/** What is done with a pair of more than `max_length` tokens on a side. */
export const truncationModes = ["drop", "keep_start", "keep_end"] as const;
export type TruncationMode = (typeof truncationModes)[number];

interface TruncateOptions {
  /** Tokens of the prompt with one answer. */
  readonly maxLength: number | null;
  readonly mode: TruncationMode;
}

const cutAnswer = ({ ids, mask }: Completion, length: number): Completion => ({
  ids: ids.slice(0, length),
  mask: mask.slice(0, length),
});

/**
 * A pair that fits, whether it had to be cut for that, or nothing where it is to be left out. keep_start cuts the answers' ends, as TRL does, and
 * leaves out a pair whose prompt alone fills the length. keep_end cuts the prompt's beginning, as far as the longer answer asks, for both answers
 * alike, since they share it (TRL cuts each side by itself); it leaves out a pair of which an answer alone fills the length.
 */
export function truncatePair(
  pair: EncodedPair,
  { maxLength, mode }: TruncateOptions,
): { readonly pair: EncodedPair; readonly wasCut: boolean } | undefined {
  const { prompt, chosen, rejected } = pair;
  const answer = Math.max(chosen.ids.length, rejected.ids.length);
  if (maxLength === null || prompt.length + answer <= maxLength) return { pair, wasCut: false };
  if (mode === "keep_start" && prompt.length < maxLength) {
    const left = maxLength - prompt.length;
    return { pair: { ...pair, chosen: cutAnswer(chosen, left), rejected: cutAnswer(rejected, left) }, wasCut: true };
  }
  if (mode === "keep_end" && answer < maxLength) {
    return { pair: { ...pair, prompt: prompt.slice(-(maxLength - answer)) }, wasCut: true };
  }
  return undefined;
}
