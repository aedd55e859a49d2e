import type { Random } from "@prefdelta/random";
import { normal } from "@prefdelta/random";
import { vocabularySize } from "../tokenizer/vocabulary.ts";
import type { Shape } from "./ladder.ts";

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * Qwen3's weights by their Hugging Face names, before training.
 *
 * Norms are 1, the embedding N(0, 0.02²), a linear layer of n inputs N(0, 0.02² · 512 / n): 0.02 is right for
 * 512 inputs, and these models are narrower. What is added to the residual stream is scaled down by √(2 · layers) (GPT-2).
 */
export function initialWeights(shape: Shape, random: Random): Map<string, Weight> {
  const { hiddenSize, layers, heads, keyValueHeads, headSize, feedForwardSize } = shape;
  const residual = 1 / Math.sqrt(2 * layers);
  const weights = new Map<string, Weight>();
  const gaussian = (name: string, [rows, columns]: readonly [number, number], deviation: number): void => {
    const stream = random.fork(name);
    const values = Float32Array.from({ length: rows * columns }, () => deviation * normal(stream));
    weights.set(name, { shape: [rows, columns], values });
  };
  const linear = (name: string, [outputs, inputs]: readonly [number, number], scale = 1): void =>
    gaussian(`${name}.weight`, [outputs, inputs], 0.02 * Math.sqrt(512 / inputs) * scale);
  const norm = (name: string, size: number): void => {
    weights.set(`${name}.weight`, { shape: [size], values: new Float32Array(size).fill(1) });
  };

  gaussian("model.embed_tokens.weight", [vocabularySize, hiddenSize], 0.02);
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `model.layers.${layer}`;
    norm(`${prefix}.input_layernorm`, hiddenSize);
    linear(`${prefix}.self_attn.q_proj`, [heads * headSize, hiddenSize]);
    linear(`${prefix}.self_attn.k_proj`, [keyValueHeads * headSize, hiddenSize]);
    linear(`${prefix}.self_attn.v_proj`, [keyValueHeads * headSize, hiddenSize]);
    linear(`${prefix}.self_attn.o_proj`, [hiddenSize, heads * headSize], residual);
    norm(`${prefix}.self_attn.q_norm`, headSize);
    norm(`${prefix}.self_attn.k_norm`, headSize);
    norm(`${prefix}.post_attention_layernorm`, hiddenSize);
    linear(`${prefix}.mlp.gate_proj`, [feedForwardSize, hiddenSize]);
    linear(`${prefix}.mlp.up_proj`, [feedForwardSize, hiddenSize]);
    linear(`${prefix}.mlp.down_proj`, [hiddenSize, feedForwardSize], residual);
  }
  norm("model.norm", hiddenSize);
  return weights;
}
