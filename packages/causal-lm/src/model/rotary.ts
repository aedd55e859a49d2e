import type { Llama3Scaling, ModelConfig } from "./config.ts";

/**
 * Llama 3.1's stretch of a frequency: wavelengths beyond the original context are `factor` times as long, short ones stay, those between
 * are blended (transformers' rope_type "llama3").
 */
function stretch(frequency: number, scaling: Llama3Scaling): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalMaxPositions } = scaling;
  const turns = (originalMaxPositions * frequency) / (2 * Math.PI); // within the original context
  if (turns < low) return frequency / factor;
  if (turns > high) return frequency;
  const kept = (turns - low) / (high - low);
  return (1 - kept) * (frequency / factor) + kept * frequency;
}

/**
 * cos and sin of the rotary angles of every token: position · θ^(−2i/d), i < d/2 (Su et al. 2021, https://arxiv.org/abs/2104.09864).
 * Angles are formed in f32, as transformers does: at position 30,000 an f64 angle differs from it by 1e-3.
 */
export function rotaryAngles(
  config: ModelConfig,
  positions: ArrayLike<number>,
): { readonly cos: Float32Array; readonly sin: Float32Array } {
  const { headDim, ropeTheta, ropeScaling } = config;
  const half = headDim / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => {
    const frequency = 1 / ropeTheta ** ((2 * i) / headDim);
    return ropeScaling ? stretch(frequency, ropeScaling) : frequency;
  });
  const cos = new Float32Array(positions.length * half);
  const sin = new Float32Array(positions.length * half);
  for (let token = 0; token < positions.length; token++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(positions[token]! * frequencies[i]!);
      cos[token * half + i] = Math.cos(angle);
      sin[token * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
