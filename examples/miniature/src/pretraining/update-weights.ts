import { clipGradients, initAdamW, updateAdamW } from "@prefdelta/dpo";
import type { Parameters } from "@prefdelta/dpo";
import type { Weight } from "./initial-weights.ts";

const adamW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };
const weightDecay = 0.05;
/** Largest norm of all gradients together; a longer one is scaled down to it. */
const maximalNorm = 1;

/** Applies one step's gradients to the weights, both in place. */
export type UpdateWeights = (gradients: Parameters, learningRate: number) => void;

/** AdamW with the gradient clipped by its global norm; matrices decay, norms do not. */
export function createUpdateWeights(weights: ReadonlyMap<string, Weight>): UpdateWeights {
  const parametersOf = (isOfGroup: (weight: Weight) => boolean): Parameters =>
    new Map([...weights].filter(([, weight]) => isOfGroup(weight)).map(([name, { values }]) => [name, values]));
  const groups = [
    { parameters: parametersOf(({ shape }) => shape.length > 1), weightDecay },
    { parameters: parametersOf(({ shape }) => shape.length === 1), weightDecay: 0 },
  ].map((group) => ({ ...group, state: initAdamW(group.parameters) }));
  return (gradients, learningRate) => {
    clipGradients(gradients, maximalNorm);
    for (const { parameters, state, weightDecay } of groups) {
      updateAdamW(parameters, gradients, { ...adamW, weightDecay, state, learningRate });
    }
  };
}
