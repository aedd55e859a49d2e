import { type CausalLm, createLossStep, createRuntime, type LoraWeights } from "@prefdelta/causal-lm";
import { createRandom } from "@prefdelta/random";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel, tinyPairs } from "./__fixtures__/tiny-model.ts";
import { parseDpoConfig } from "./config.ts";
import { encodePairs } from "./data/encode-pairs.ts";
import { createLoss } from "./losses/create-loss.ts";
import { losses } from "./losses/losses.ts";
import { flattenFactors } from "./optimizer/parameters.ts";
import { startLora } from "./start-lora.ts";
import { countTokens, updateGradient } from "./update-gradient.ts";

let lm: CausalLm;
let lora: LoraWeights;
beforeAll(async () => {
  lm = tinyModel(await createRuntime("onnx", { threads: 1 }));
  lora = startLora(lm, parseDpoConfig({ lora_r: 2 }), undefined);
  for (const { B } of lora.modules.values()) B.forEach((_, i) => (B[i] = Math.sin(i) / 4));
  return () => lm.dispose();
});

const beta = 0.7;
const loss = losses.sigmoid;

/** Inputs of three pairs whose reference is not the policy. */
function inputs() {
  const { pairs } = encodePairs(lm.tokenizer, tinyPairs(3), { maxLength: null, maskObservations: true });
  const reference = Float64Array.of(-20, -15, -30, -10, -25, -12);
  return { lossStep: createLossStep(lm, createLoss(loss, { beta })), loss, beta, lora, pairs, reference };
}

describe("updateGradient", () => {
  it("is the mean over micro-batches, large and small alike", async () => {
    const both = await updateGradient(inputs(), [[2, 0], [1]]);
    const parts = [await updateGradient(inputs(), [[2, 0]]), await updateGradient(inputs(), [[1]])] as const;
    for (const [name, gradient] of both.gradients) {
      const [first, second] = parts.map(({ gradients }) => gradients.get(name)!);
      expect(gradient).toBeAllClose(
        first!.map((g, i) => (g + second![i]!) / 2),
        { rtol: 1e-6, atol: 1e-9 },
      );
    }
    for (const [name, value] of Object.entries(both.metrics)) {
      expect(value).toBeCloseTo((parts[0].metrics[name]! + parts[1].metrics[name]!) / 2, 10);
    }
  });

  it("gives each pair its own reference, whatever the order", async () => {
    const { metrics } = await updateGradient(inputs(), [[1]]);
    const expected = beta * (metrics["logps/chosen"]! + 30 - (metrics["logps/rejected"]! + 10));
    expect(metrics["rewards/margins"]).toBeCloseTo(expected, 10);
    expect(metrics["loss"]).toBeCloseTo(Math.log1p(Math.exp(-expected)), 5);
  });

  it("drops a pair's inputs alike in whatever micro-batch the pair stands", async () => {
    const dropout = { probability: 0.3, random: createRandom(5) };
    const together = await updateGradient({ ...inputs(), dropout }, [[2, 0, 1]]);
    const apart = await updateGradient({ ...inputs(), dropout }, [[2], [0], [1]]);
    const without = await updateGradient(inputs(), [[2, 0, 1]]);
    for (const [name, gradient] of together.gradients) {
      const atol = 1e-4 * Math.max(...gradient.map(Math.abs));
      expect(apart.gradients.get(name)).toBeAllClose(gradient, { rtol: 1e-3, atol });
      expect(without.gradients.get(name)).not.toBeAllClose(gradient, { rtol: 1e-3, atol });
    }
  });

  it("points uphill: a small step against it lowers the loss by its square", async () => {
    const { gradients, metrics } = await updateGradient(inputs(), [[0, 1, 2]]);
    const parameters = flattenFactors(lora.modules);
    const step = 1e-3;
    let square = 0;
    for (const [name, gradient] of gradients) {
      gradient.forEach((g, i) => {
        square += g * g;
        parameters.get(name)![i]! -= step * g;
      });
    }
    const after = await updateGradient(inputs(), [[0, 1, 2]]);
    expect((metrics["loss"]! - after.metrics["loss"]!) / (step * square)).toBeCloseTo(1, 1);
  });
});

it("countTokens takes the prompt once for each answer that is computed, masked tokens included", () => {
  const pair = {
    id: "a",
    prompt: [1, 2, 3],
    chosen: { ids: [4, 5], mask: [1, 0] },
    rejected: { ids: [6], mask: [1] },
  };
  expect(countTokens(pair, losses.sigmoid)).toBe(3 + 2 + 3 + 1);
  expect(countTokens(pair, losses.sft)).toBe(3 + 2);
});
