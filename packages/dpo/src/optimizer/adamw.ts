import type { Parameters } from "./parameters.ts";

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** What the learning rate is multiplied by for an array; 1 for all, unless it is given. */
  readonly rateFactor?: (name: string) => number;
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

interface Update extends AdamWOptions {
  /** η / (1 − β₁ᵗ) */
  readonly rate: number;
  /** 1 / √(1 − β₂ᵗ) */
  readonly secondCorrection: number;
  /** 1 − η λ */
  readonly keep: number;
}

interface Slot {
  readonly theta: Float32Array;
  readonly gradient: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

// One array a call, as in clip-gradients.ts.
function updateArray({ theta, gradient, m, v }: Slot, update: Update): void {
  const { beta1, beta2, epsilon, rate, secondCorrection, keep } = update;
  for (let i = 0; i < theta.length; i++) {
    const g = gradient[i]!;
    const mean = beta1 * m[i]! + (1 - beta1) * g;
    const square = beta2 * v[i]! + (1 - beta2) * g * g;
    m[i] = mean;
    v[i] = square;
    theta[i] = theta[i]! * keep - (rate * mean) / (Math.sqrt(square) * secondCorrection + epsilon);
  }
}

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
  const { state, learningRate } = options;
  const t = ++state.step;
  const updateAt = (rate: number): Update => ({
    ...options,
    rate: rate / (1 - options.beta1 ** t),
    secondCorrection: 1 / Math.sqrt(1 - options.beta2 ** t),
    keep: 1 - rate * options.weightDecay,
  });
  for (const [name, theta] of parameters) {
    const slot = { theta, gradient: gradients.get(name)!, m: state.first.get(name)!, v: state.second.get(name)! };
    updateArray(slot, updateAt(learningRate * (options.rateFactor?.(name) ?? 1)));
  }
}
