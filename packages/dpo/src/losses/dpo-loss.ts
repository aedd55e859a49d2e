import type * as tf from "@tensorflow/tfjs-core";
import type { Divergence } from "./divergences.ts";

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
  /** β. */
  readonly beta: number;
  /** ε: the share of pairs whose answers are taken to be the wrong way round. */
  readonly labelSmoothing: number;
  /** What log-ratios are turned into, in the rows that allow it. */
  readonly divergence: Divergence;
  /** τ of discopop's gate. */
  readonly discopopTau: number;
  /** γ: the margin that simpo asks for. */
  readonly simpoGamma: number;
  /** WPO: whether a pair weighs as much as its answers are likely, against answers that the policy would draw. */
  readonly weighting: boolean;
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
  /** Whether another f-divergence than reverse KL may take the log-ratios' place. */
  readonly takesDivergence: boolean;
  /** Whether a pair's value comes from other pairs too, so that it has no weight of its own. */
  readonly mixesPairs?: boolean;
  /** The label_smoothing that it understands; absent where it has none. */
  readonly labelSmoothing?: { readonly expected: string; readonly allows: (epsilon: number) => boolean };
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
