import { type Random, shuffle } from "@prefdelta/random";

export interface PlanOptions {
  /** Pairs of a micro-batch. */
  readonly batchSize: number;
  /** Micro-batches of an update. */
  readonly accumulation: number;
  readonly epochs: number;
  /** Overrides the epochs where above 0. */
  readonly maxSteps: number;
  /** Of the epochs' orders; without it every epoch keeps the given order. */
  readonly random?: Random;
}

export interface BatchPlan {
  /** Updates of the whole run. */
  readonly totalSteps: number;
  /** Micro-batches of an update, counted from 0: indices of pairs. */
  readonly batches: (step: number) => number[][];
  /** Epochs done after an update. */
  readonly epochAfter: (step: number) => number;
  /** The pairs that the run sees at all, ascending: all, unless it is shorter than an epoch. */
  readonly seen: () => Uint32Array;
}

/**
 * Which pairs each update sees, as transformers' Trainer cuts them: an epoch is one order of all pairs in micro-batches, the last one
 * possibly smaller; an epoch's last update may have fewer micro-batches; no update spans two epochs. A step's batches depend on nothing but
 * its number, so a run can go on anywhere.
 */
export function planBatches(count: number, options: PlanOptions): BatchPlan {
  const { batchSize, accumulation, epochs, maxSteps, random } = options;
  const perEpoch = Math.ceil(count / batchSize); // micro-batches
  const updatesPerEpoch = Math.ceil(perEpoch / accumulation);
  const indices = Array.from({ length: count }, (_, i) => i);
  let current = { epoch: -1, order: indices };
  const orderOf = (epoch: number): number[] => {
    if (!random) return indices;
    if (current.epoch !== epoch) current = { epoch, order: shuffle(random.fork("epoch", epoch), indices) };
    return current.order;
  };
  /** Micro-batches of the step's epoch that are done after it. */
  const doneAfter = (step: number): number => Math.min(((step % updatesPerEpoch) + 1) * accumulation, perEpoch);
  const totalSteps = maxSteps > 0 ? maxSteps : Math.ceil(epochs * updatesPerEpoch);
  return {
    totalSteps,
    batches(step) {
      const order = orderOf(Math.floor(step / updatesPerEpoch));
      const batches: number[][] = [];
      for (let micro = (step % updatesPerEpoch) * accumulation; micro < doneAfter(step); micro++) {
        batches.push(order.slice(micro * batchSize, (micro + 1) * batchSize));
      }
      return batches;
    },
    epochAfter: (step) => Math.floor(step / updatesPerEpoch) + doneAfter(step) / perEpoch,
    seen() {
      if (totalSteps >= updatesPerEpoch) return Uint32Array.from(indices);
      return Uint32Array.from(orderOf(0).slice(0, totalSteps * accumulation * batchSize)).sort();
    },
  };
}
