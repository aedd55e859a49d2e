import { parseModelConfig, weightShapes } from "@prefdelta/causal-lm";
import { createRandom } from "@prefdelta/random";
import { expect, test } from "vitest";
import { initialWeights } from "./initial-weights.ts";
import { ladder } from "./ladder.ts";
import { modelConfig } from "./model-config.ts";

test.each(Object.entries(ladder))("%s has the tensors that a Qwen3 decoder of its config reads", (_, { shape }) => {
  const config = parseModelConfig(modelConfig(shape));
  const shapes = new Map(Array.from(initialWeights(shape, createRandom(1)), ([name, { shape }]) => [name, shape]));
  expect(shapes).toEqual(weightShapes(config));
});

test("deviations follow the number of inputs, and the residual stream's writers are smaller", () => {
  const weights = initialWeights(ladder.strong.shape, createRandom(1));
  const deviation = (name: string): number => {
    const values = weights.get(name)?.values ?? new Float32Array();
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };
  // 128 inputs: 0.02 · √(512/128) = 0.04; four layers: down by √8.
  expect([deviation("model.embed_tokens.weight")]).toBeAllClose([0.02], { rtol: 0.02 });
  expect([deviation("model.layers.1.self_attn.q_proj.weight")]).toBeAllClose([0.04], { rtol: 0.03 });
  expect([deviation("model.layers.1.self_attn.o_proj.weight")]).toBeAllClose([0.04 / Math.sqrt(8)], { rtol: 0.03 });
  expect([deviation("model.layers.2.mlp.down_proj.weight")]).toBeAllClose([0.04 / Math.sqrt(24)], { rtol: 0.03 });
  expect(weights.get("model.norm.weight")?.values.every((value) => value === 1)).toBe(true);
});

test("a seed fixes every value", () => {
  const first = (seed: number) => initialWeights(ladder.weaker.shape, createRandom(seed));
  expect(first(1)).toEqual(first(1));
  expect(first(1)).not.toEqual(first(2));
});
