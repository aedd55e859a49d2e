import type * as tf from "@tensorflow/tfjs-core";

/** One side (all chosen, or all rejected answers) of a batch of P pairs. */
export interface Side {
  /** log π(y|x): sum over the counted tokens, nats: [P]. */
  readonly sums: tf.Tensor1D;
  /** Counted tokens: [P]. */
  readonly counts: tf.Tensor1D;
  /** log π_ref(y|x): [P]; zero for a loss that needs no reference. */
  readonly reference: tf.Tensor1D;
}

export interface LossOptions {
  readonly beta: number;
}

interface LossRow {
  /** TRL's `loss_type`. */
  readonly name: string;
  /** Where it is defined. */
  readonly reference: string;
  /** Sums of log-ratios want a β near 0.1, their means over tokens one near 5. */
  readonly defaultBeta: number;
  /** Whether log-probs of the frozen base enter. */
  readonly needsReference: boolean;
}

/** A loss over both answers of a pair. */
export interface PairLoss extends LossRow {
  readonly needsRejected: true;
  /** Loss of each pair: [P]. */
  perPair(pair: { readonly chosen: Side; readonly rejected: Side }, options: LossOptions): tf.Tensor1D;
}

/** A loss over the chosen answers alone: the rejected ones are not computed. */
export interface ChosenLoss extends LossRow {
  readonly needsRejected: false;
  /** Loss of each pair: [P]. */
  perPair(pair: { readonly chosen: Side }, options: LossOptions): tf.Tensor1D;
}

/** A row of the table of losses. The objective is the mean over pairs, as in TRL. */
export type DpoLoss = PairLoss | ChosenLoss;
