import type { Weight } from "./initial-weights.ts";

const beta1 = 0.9;
const beta2 = 0.95;
const epsilon = 1e-8;
const weightDecay = 0.05;
/** Largest norm of all gradients together; a longer one is scaled down to it. */
const maximalNorm = 1;

/** Applies one step's gradients to the weights, in place. */
export type Update = (gradients: ReadonlyMap<string, Float32Array>, learningRate: number) => void;

/**
 * AdamW with decoupled weight decay on matrices only (not on norms) and the gradient clipped by its global norm.
 * Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101, algorithm 2.
 */
export function createAdamW(weights: ReadonlyMap<string, Weight>): Update {
  const moments = new Map(
    Array.from(weights, ([name, { values }]) => [
      name,
      { m: new Float32Array(values.length), v: new Float32Array(values.length) },
    ]),
  );
  let step = 0;
  return (gradients, learningRate) => {
    step++;
    const clip = Math.min(1, maximalNorm / globalNorm(gradients));
    const correction1 = 1 - beta1 ** step;
    const correction2 = 1 - beta2 ** step;
    for (const [name, { values, shape }] of weights) {
      const moment = moments.get(name);
      const gradient = gradients.get(name);
      if (moment === undefined || gradient === undefined)
        throw new RangeError(`createAdamW: no gradient for "${name}"`);
      const { m, v } = moment;
      const kept = 1 - learningRate * (shape.length > 1 ? weightDecay : 0);
      for (let i = 0; i < values.length; i++) {
        const g = (gradient[i] ?? 0) * clip;
        const m1 = (m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * g);
        const v1 = (v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g);
        values[i] =
          (values[i] ?? 0) * kept - (learningRate * (m1 / correction1)) / (Math.sqrt(v1 / correction2) + epsilon);
      }
    }
  };
}

function globalNorm(gradients: ReadonlyMap<string, Float32Array>): number {
  let squares = 0;
  for (const gradient of gradients.values()) for (const g of gradient) squares += g * g;
  return Math.sqrt(squares);
}
