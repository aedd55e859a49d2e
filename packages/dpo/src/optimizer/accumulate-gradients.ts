import type { Parameters } from "./parameters.ts";

/**
 * Gradient accumulation: the mean over micro-batches, each weighing the same whatever its size, as in transformers' Trainer. The first
 * micro-batch's arrays are used for the sum.
 */
export function addGradients(sum: Parameters | undefined, gradients: Parameters): Parameters {
  if (!sum) return gradients;
  for (const [name, total] of sum) {
    const gradient = gradients.get(name)!;
    for (let i = 0; i < total.length; i++) total[i] = total[i]! + gradient[i]!;
  }
  return sum;
}

/** Divides in place. */
export function divideGradients(gradients: Parameters, count: number): void {
  if (count === 1) return;
  for (const gradient of gradients.values()) {
    for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! / count;
  }
}
