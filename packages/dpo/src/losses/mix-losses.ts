import * as tf from "@tensorflow/tfjs-core";
import type { DpoLoss, LossOptions, Side } from "./dpo-loss.ts";

export interface LossTerm {
  readonly loss: DpoLoss;
  readonly weight: number;
}

/**
 * The weighted sum of some losses as one: it needs what any of them needs. A single loss of weight 1 is itself, bit for bit. Weights are
 * taken as they are, as TRL's `loss_weights`: they need not sum to 1.
 *
 * @throws RangeError for no term
 */
export function mixLosses(terms: readonly LossTerm[]): DpoLoss {
  const [first] = terms;
  if (!first) throw new RangeError("mixLosses: terms — expected at least one, got none");
  if (terms.length === 1 && first.weight === 1) return first.loss;
  const shared = {
    name: terms.map(({ loss, weight }) => `${weight}·${loss.name}`).join(" + "),
    reference: "Wang et al. 2024 (MPO), arXiv:2411.10442: a weighted sum of losses",
    defaultBeta: first.loss.defaultBeta,
    needsReference: terms.some(({ loss }) => loss.needsReference),
    takesDivergence: terms.every(({ loss }) => loss.takesDivergence),
  };
  const sum = (perPair: (loss: DpoLoss) => tf.Tensor1D): tf.Tensor1D =>
    tf.addN(terms.map(({ loss, weight }) => tf.mul(perPair(loss), weight)));
  if (!terms.some(({ loss }) => loss.needsRejected)) {
    return {
      ...shared,
      needsRejected: false,
      perPair: (pair: { readonly chosen: Side }, options: LossOptions) =>
        sum((loss) => (loss as Extract<DpoLoss, { needsRejected: false }>).perPair(pair, options)),
    };
  }
  return { ...shared, needsRejected: true, perPair: (pair, options) => sum((loss) => loss.perPair(pair, options)) };
}
