import type { Item } from "../item.ts";

/** A prompt that was left out, and why. */
export interface DroppedPrompt {
  readonly id: string;
  readonly reason: "exact" | "near" | "contaminated";
  /** The prompt that it repeats, or the evaluation item that it shares words with. */
  readonly of: string;
  /** How much it resembles that one, for `near`. */
  readonly similarity?: number;
  /** The words that it shares, for `contaminated`. */
  readonly shared?: string;
}

export interface SiftedPrompts {
  readonly kept: Item[];
  readonly dropped: DroppedPrompt[];
}
