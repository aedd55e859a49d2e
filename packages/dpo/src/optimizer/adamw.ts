import type { Parameters } from "./parameters.ts";

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

export interface AdamWState {
  /** Updates made. */
  step: number;
  /** Running mean of the gradient, m. */
  readonly first: Parameters;
  /** Running mean of its square, v. */
  readonly second: Parameters;
}

const zerosLike = (parameters: Parameters): Parameters =>
  new Map([...parameters].map(([name, { length }]) => [name, new Float32Array(length)]));

export const initAdamW = (parameters: Parameters): AdamWState => ({
  step: 0,
  first: zerosLike(parameters),
  second: zerosLike(parameters),
});

/**
 * One update in place, as PyTorch's AdamW: weight decay apart from the gradient and before it, both moments corrected for their start at
 * zero, ε outside the root. Moments and parameters are float32; arithmetic between them is float64.
 *
 *   θ ← θ (1 − η λ)        m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
 *   θ ← θ − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *
 * Loshchilov & Hutter 2019, arXiv:1711.05101.
 */
export function updateAdamW(
  parameters: Parameters,
  gradients: Parameters,
  options: AdamWOptions & { readonly state: AdamWState; readonly learningRate: number },
): void {
  const { beta1, beta2, epsilon, weightDecay, state, learningRate } = options;
  const t = ++state.step;
  const rate = learningRate / (1 - beta1 ** t);
  const secondCorrection = Math.sqrt(1 - beta2 ** t);
  const keep = 1 - learningRate * weightDecay;
  for (const [name, theta] of parameters) {
    const gradient = gradients.get(name)!;
    const m = state.first.get(name)!;
    const v = state.second.get(name)!;
    for (let i = 0; i < theta.length; i++) {
      const g = gradient[i]!;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      theta[i] = theta[i]! * keep - (rate * m[i]!) / (Math.sqrt(v[i]!) / secondCorrection + epsilon);
    }
  }
}
