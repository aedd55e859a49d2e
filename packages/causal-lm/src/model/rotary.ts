import type { ModelConfig } from "./config.ts";

/**
 * cos and sin of the rotary angles of every token: position · θ^(−2i/d), i < d/2 (Su et al. 2021, https://arxiv.org/abs/2104.09864).
 * Angles are formed in f32, as transformers does: at position 30,000 an f64 angle differs from it by 1e-3.
 */
export function rotaryAngles(
  config: ModelConfig,
  positions: ArrayLike<number>,
): { readonly cos: Float32Array; readonly sin: Float32Array } {
  const half = config.headDim / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => 1 / config.ropeTheta ** ((2 * i) / config.headDim));
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
