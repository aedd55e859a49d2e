import type * as tf from "@tensorflow/tfjs-core";

/** A batch as a loss sees it. Sequences are in row order: row 0's completions, row 1's, … */
export interface LossInput {
  /** Sum of log p over each sequence's counted tokens, by weight where a completion has weights: [S]. */
  readonly sums: tf.Tensor1D;
  /** Counted tokens of each sequence: [S]. */
  readonly counts: tf.Tensor1D;
  /** Per-sequence numbers fed at each step, e.g. reference log-probs: [S] each. */
  readonly extras: Readonly<Record<string, tf.Tensor1D>>;
  /** Where the loss asks for it: sum over each sequence's counted tokens of log p − log Σᵥ p(v)², v any token; without gradient: [S]. */
  readonly relative?: tf.Tensor1D | undefined;
}

/** A scalar function of the sequences' log-probs, written in tfjs ops and recorded once per batch shape. */
export interface Loss {
  /** Distinguishes compiled steps: two losses with the same key must compute the same. */
  readonly key: string;
  /** Names of the per-sequence inputs. */
  readonly extras: readonly string[];
  /** Whether it wants `relative`: how likely a token is against one that the model would draw. */
  readonly needsRelative?: boolean;
  /** `loss` is differentiated; everything else is handed back as it is. */
  compute(input: LossInput): { readonly loss: tf.Scalar } & Readonly<Record<string, tf.Tensor>>;
}
