import type { PromptRow } from "@prefdelta/causal-lm";
import type { EncodedPair } from "./encode-pair.ts";

/** Pairs as causal-lm's rows: a pair's prompt once, its chosen answer, then its rejected one if the loss needs it. */
export const batchRows = (pairs: readonly EncodedPair[], needsRejected: boolean): PromptRow[] =>
  pairs.map(({ prompt, chosen, rejected }) => ({ prompt, completions: needsRejected ? [chosen, rejected] : [chosen] }));
