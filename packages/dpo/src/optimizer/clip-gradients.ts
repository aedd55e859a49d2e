import type { Parameters } from "./parameters.ts";

/** Euclidean norm over all gradients together. */
export function gradientNorm(gradients: Parameters): number {
  let squares = 0;
  for (const gradient of gradients.values()) {
    for (const g of gradient) squares += g * g;
  }
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
    for (const gradient of gradients.values()) {
      for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! * scale;
    }
  }
  return norm;
}
