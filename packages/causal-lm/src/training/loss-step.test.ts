import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { createRuntime } from "../runtime/create-runtime.ts";
import { randomLora, randomModel, tinyConfig } from "../__fixtures__/random-model.ts";
import type { PromptRow } from "./layout.ts";
import { activationBytes, createLossStep, type LossStepResult, type StepMode } from "./loss-step.ts";
import type { Loss } from "./loss.ts";
import { score } from "./score.ts";

const own = (...ids: number[]) => ({ ids, mask: ids.map(() => 1) });
const rows: PromptRow[] = [
  { prompt: [5, 9, 14, 3], completions: [own(7, 22, 60), { ids: [8, 30, 31, 12, 60], mask: [1, 0, 0, 1, 1] }] },
  { prompt: [17, 2], completions: [own(40, 41, 42, 43), own(50, 60)] },
];

/** The logistic loss on differences to a reference, with its margins handed back. */
const logistic: Loss = {
  key: "logistic",
  extras: ["reference"],
  compute({ sums, extras }) {
    const differences = tf.reshape(tf.sub(sums, extras["reference"]!), [-1, 2]);
    const margins = tf.squeeze(tf.matMul(differences, tf.tensor2d([[1], [-1]])), [1]);
    return { loss: tf.mean(tf.softplus(tf.mul(margins, -0.3))), margins };
  },
};
const extras = { reference: [-9, -14, -20, -6] };

async function run(runtimeName: "onnx" | "wasm" | "cpu", mode: StepMode): Promise<LossStepResult> {
  const lm = randomModel(await createRuntime(runtimeName));
  const result = await createLossStep(lm, logistic, { mode }).run({ rows, lora: randomLora(), extras });
  await lm.dispose();
  return result;
}

function expectSame(actual: LossStepResult, expected: LossStepResult, rtol: number): void {
  expect(actual.outputs["loss"]).toBeAllClose(expected.outputs["loss"]!, { rtol });
  expect(actual.outputs["margins"]).toBeAllClose(expected.outputs["margins"]!, { rtol, atol: rtol });
  expect(actual.tokens.logProbs).toBeAllClose(expected.tokens.logProbs, { rtol });
  expect(actual.tokens.entropy).toBeAllClose(expected.tokens.entropy, { rtol });
  expect([...actual.gradients.keys()].sort()).toEqual([...expected.gradients.keys()].sort());
  for (const [module, { A, B }] of expected.gradients) {
    const atol = (reference: Float32Array) => rtol * Math.max(...reference.map(Math.abs));
    expect(actual.gradients.get(module)!.A).toBeAllClose(A, { rtol, atol: atol(A) });
    expect(actual.gradients.get(module)!.B).toBeAllClose(B, { rtol, atol: atol(B) });
  }
}

describe("createLossStep", () => {
  it("computes the same layer by layer as in one graph", async () => {
    // The same sums in the same order: only fusions differ.
    expectSame(await run("onnx", "layerwise"), await run("onnx", "whole"), 1e-5);
  });

  it.each(["cpu", "wasm"] as const)("agrees with tfjs' %s backend, value and every gradient", async (backend) => {
    expectSame(await run("onnx", "whole"), await run(backend, "whole"), 1e-4);
  });

  it("has the gradient of central differences", async () => {
    const lm = randomModel(await createRuntime("onnx"));
    const step = createLossStep(lm, logistic, { mode: "whole" });
    const lora = randomLora();
    const { gradients } = await step.run({ rows, lora, extras });
    const h = 2e-3;
    for (const module of ["model.layers.0.self_attn.k_proj", "model.layers.1.mlp.down_proj"]) {
      for (const factor of ["A", "B"] as const) {
        const values = lora.modules.get(module)![factor];
        const gradient = gradients.get(module)![factor];
        // Along the sign of the gradient the difference is largest against rounding.
        const direction = Array.from(gradient, Math.sign);
        const lossAt = async (by: number): Promise<number> => {
          const before = values.slice();
          values.forEach((value, i) => (values[i] = value + by * direction[i]!));
          const { outputs } = await step.run({ rows, lora, extras });
          values.set(before);
          return outputs["loss"]![0]!;
        };
        const numeric = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
        const analytic = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
        expect(Math.abs(numeric / analytic - 1)).toBeLessThan(5e-3);
      }
    }
    await lm.dispose();
  });

  it("shares a prompt without changing what its completions score", async () => {
    const lm = randomModel(await createRuntime("onnx"));
    const apart = rows.flatMap(({ prompt, completions }) => completions.map((c) => ({ prompt, completions: [c] })));
    const shared = await score(lm, rows, { lora: randomLora() });
    expect((await score(lm, apart, { lora: randomLora() })).logProbs).toBeAllClose(shared.logProbs, { rtol: 1e-5 });
    await lm.dispose();
  });

  it("gives the same bits twice", async () => {
    expect(await run("onnx", "whole")).toEqual(await run("onnx", "whole"));
  });

  it("leaves no tensor behind on an eager backend", async () => {
    const lm = randomModel(await createRuntime("cpu"));
    const step = createLossStep(lm, logistic, { mode: "whole" });
    await step.run({ rows, lora: randomLora(), extras }); // uploads the weights
    const before = tf.memory().numTensors;
    await step.run({ rows, lora: randomLora(), extras });
    expect(tf.memory().numTensors).toBe(before);
    await lm.dispose();
  });
});

describe("activationBytes", () => {
  it("grows with tokens, and quadratically through attention", () => {
    const at = (length: number) =>
      activationBytes(tinyConfig, {
        tokens: 3 * length,
        prompts: { rows: 1, tokens: length },
        continuations: { rows: 2, tokens: length },
      });
    expect(at(200) / at(100)).toBeGreaterThan(2);
    expect(at(200) / at(100)).toBeLessThan(4);
  });
});
