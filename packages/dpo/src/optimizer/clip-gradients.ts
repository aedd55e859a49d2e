import type { Parameters } from "./parameters.ts";

// One array a call: V8 keeps the compiled form of a function that is called often, and drops that of a long loop at the next collection.
function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

function scaleInPlace(values: Float32Array, scale: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * scale;
}

/** Euclidean norm over all gradients together. */
export function gradientNorm(gradients: Parameters): number {
  let squares = 0;
  for (const gradient of gradients.values()) squares += sumOfSquares(gradient);
  return Math.sqrt(squares);
}

/**
 * Scales all gradients in place by min(1, maxNorm / (norm + 10⁻⁶)) and returns the norm before, as torch's clip_grad_norm_. A `maxNorm` of
 * 0 leaves them as they are, as in transformers.
 */
export function clipGradients(gradients: Parameters, maxNorm: number): number {
  const norm = gradientNorm(gradients);
  const scale = maxNorm / (norm + 1e-6);
  if (maxNorm > 0 && scale < 1) {
    for (const gradient of gradients.values()) scaleInPlace(gradient, scale);
  }
  return norm;
}
