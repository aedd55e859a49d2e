import { createRandom } from "@prefdelta/random";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import type { LoraFactors } from "../lora.ts";
import { createRuntime } from "../runtime/create-runtime.ts";
import { randomLora, randomModel, tinyConfig } from "../__fixtures__/random-model.ts";
import type { CausalLm, WeightStorage } from "../causal-lm.ts";
import { withMagnitudes } from "../row-norms.ts";
import type { PromptRow } from "./layout.ts";
import type { Dropout } from "./dropout.ts";
import { createLossStep, type LossStepInput, type LossStepResult, type StepMode } from "./loss-step.ts";
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

const dropout: Dropout = { probability: 0.3, randoms: rows.map((_, i) => createRandom(i)) };

async function run(
  runtimeName: "onnx" | "wasm" | "cpu",
  mode: StepMode,
  { storage, ...drops }: Pick<LossStepInput, "dropout"> & { readonly storage?: WeightStorage } = {},
): Promise<LossStepResult> {
  const lm = randomModel(await createRuntime(runtimeName), storage);
  const result = await createLossStep(lm, logistic, { mode }).run({ rows, lora: randomLora(), extras, ...drops });
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
  it.each<Pick<LossStepInput, "dropout">>([{}, { dropout }])(
    "computes the same layer by layer as in one graph: %o",
    async (drops) => {
      // The same sums in the same order: only fusions differ.
      expectSame(await run("onnx", "layerwise", drops), await run("onnx", "whole", drops), 1e-5);
    },
  );

  it.each<Parameters<typeof run>[2]>([
    {},
    { dropout },
    ...(["bf16", "f16", "int8", "w8a8"] as const).map((storage) => ({ storage })),
  ])("computes the same bits whatever of the forward pass is held: %o", async (options) => {
    expect(await run("onnx", "recompute", options)).toEqual(await run("onnx", "whole", options));
  });

  it.each(["cpu", "wasm"] as const)("agrees with tfjs' %s backend, value and every gradient", async (backend) => {
    expectSame(await run("onnx", "whole"), await run(backend, "whole"), 1e-4);
    expectSame(await run("onnx", "whole", { dropout }), await run(backend, "whole", { dropout }), 1e-4);
  });

  it.each(["whole", "layerwise"] as const)("takes a module's own scale for the LoRA's, %s", async (mode) => {
    const lm = randomModel(await createRuntime("onnx"));
    const step = createLossStep(lm, logistic, { mode });
    const lora = randomLora();
    const module = "model.layers.1.mlp.gate_proj";
    const factors = lora.modules.get(module)!;
    const folded = { A: factors.A, B: factors.B.map((b) => 4 * b) };
    const withFactors = (own: LoraFactors) => ({ ...lora, modules: new Map([...lora.modules, [module, own]]) });
    const expected = await step.run({ rows, lora: withFactors(folded), extras });
    const scaled = await step.run({ rows, lora: withFactors({ ...factors, scale: 4 * lora.scale }), extras });
    expect(scaled.tokens.logProbs).toBeAllClose(expected.tokens.logProbs, { rtol: 1e-6 });
    const { A, B } = expected.gradients.get(module)!;
    const found = scaled.gradients.get(module)!;
    expect(found.A).toBeAllClose(A, { rtol: 1e-4, atol: 1e-6 });
    expect(found.B).toBeAllClose(
      B.map((b) => 4 * b),
      { rtol: 1e-4, atol: 1e-6 },
    );
    await lm.dispose();
  });

  it.each<Pick<LossStepInput, "dropout">>([{}, { dropout }])(
    "has the gradient of central differences: %o",
    async (drops) => {
      const lm = randomModel(await createRuntime("onnx"));
      const step = createLossStep(lm, logistic, { mode: "whole" });
      const lora = randomLora();
      const { gradients } = await step.run({ rows, lora, extras, ...drops });
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
            const { outputs } = await step.run({ rows, lora, extras, ...drops });
            values.set(before);
            return outputs["loss"]![0]!;
          };
          const numeric = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
          const analytic = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
          expect(Math.abs(numeric / analytic - 1)).toBeLessThan(5e-3);
        }
      }
      await lm.dispose();
    },
  );

  it("shares a prompt without changing what its completions score", async () => {
    const lm = randomModel(await createRuntime("onnx"));
    const apart = rows.flatMap(({ prompt, completions }) => completions.map((c) => ({ prompt, completions: [c] })));
    const shared = await score(lm, rows, { lora: randomLora() });
    expect((await score(lm, apart, { lora: randomLora() })).logProbs).toBeAllClose(shared.logProbs, { rtol: 1e-5 });
    await lm.dispose();
  });

  it.each<Pick<LossStepInput, "dropout">>([{}, { dropout }])(
    "computes DoRA the same layer by layer, in one graph and op by op, the magnitudes' gradient being that of differences: %o",
    async (drops) => {
      const lm = randomModel(await createRuntime("onnx"));
      const start = await withMagnitudes(lm, randomLora());
      const modules = [...start.modules].map(([name, { magnitude, ...factors }]) => {
        const changed = magnitude!.map((value, i) => value * (1 + 0.3 * Math.sin(i)));
        return [name, { ...factors, magnitude: changed }] as const;
      });
      const lora = { ...start, modules: new Map(modules) };
      const runDora = async (on: CausalLm, mode: StepMode) =>
        createLossStep(on, logistic, { mode }).run({ rows, lora, extras, ...drops });
      const whole = await runDora(lm, "whole");
      const eager = randomModel(await createRuntime("cpu"));
      const [layerwise, opByOp] = [await runDora(lm, "layerwise"), await runDora(eager, "whole")];
      await eager.dispose();
      expect(await runDora(lm, "recompute")).toEqual(whole);
      expectSame(layerwise, whole, 1e-5);
      expectSame(opByOp, whole, 1e-4);
      for (const [module, { magnitude }] of whole.gradients) {
        const atol = 1e-4 * Math.max(...magnitude!.map(Math.abs));
        expect(layerwise.gradients.get(module)!.magnitude).toBeAllClose(magnitude!, { rtol: 1e-4, atol });
        expect(opByOp.gradients.get(module)!.magnitude).toBeAllClose(magnitude!, { rtol: 1e-4, atol });
      }

      const module = "model.layers.0.mlp.up_proj";
      const values = lora.modules.get(module)!.magnitude;
      const gradient = whole.gradients.get(module)!.magnitude!;
      const lossAt = async (by: number): Promise<number> => {
        const before = values.slice();
        values.forEach((value, i) => (values[i] = value + by * Math.sign(gradient[i]!)));
        const { outputs } = await runDora(lm, "whole");
        values.set(before);
        return outputs["loss"]![0]!;
      };
      const numeric = ((await lossAt(2e-3)) - (await lossAt(-2e-3))) / 4e-3;
      expect(Math.abs(numeric / gradient.reduce((sum, g) => sum + Math.abs(g), 0) - 1)).toBeLessThan(5e-3);
      await lm.dispose();
    },
  );

  it.each(["whole", "layerwise"] as const)("gives the same bits twice, %s", async (mode) => {
    expect(await run("onnx", mode, { dropout })).toEqual(await run("onnx", mode, { dropout }));
  });

  it("without dropout is what dropout is on average", async () => {
    const lm = randomModel(await createRuntime("onnx"));
    const step = createLossStep(lm, logistic, { mode: "whole" });
    const lora = randomLora();
    // Small factors, so that log-probs are nearly linear in what is dropped.
    for (const { B } of lora.modules.values()) B.forEach((b, i) => (B[i] = b / 20));
    const plain = await step.run({ rows, lora, extras });
    const base = await step.run({ rows, lora: { ...lora, scale: 0 }, extras });
    const draws = 300;
    const sums = new Float64Array(plain.tokens.logProbs.length);
    for (let i = 0; i < draws; i++) {
      const randoms = rows.map((_, row) => createRandom("draw").fork(i, row));
      const { tokens } = await step.run({ rows, lora, extras, dropout: { probability: 0.5, randoms } });
      tokens.logProbs.forEach((logProb, s) => (sums[s]! += logProb / draws));
    }
    const effect = (logProbs: ArrayLike<number>) => Array.from(logProbs, (l, s) => l - base.tokens.logProbs[s]!);
    const norm = (values: readonly number[]) => Math.hypot(...values);
    const [dropped, whole] = [effect(sums), effect(plain.tokens.logProbs)];
    expect(norm(dropped.map((d, s) => d - whole[s]!)) / norm(whole)).toBeLessThan(0.1);
    await lm.dispose();
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

describe("weights and relative log-probs", () => {
  /** Tokens that count half, and a weight of each pair by how likely its answers are against what the model would say. */
  const weightedRows: PromptRow[] = rows.map(({ prompt, completions }) => ({
    prompt,
    completions: completions.map((completion) => ({
      ...completion,
      weights: completion.ids.map((_, i) => (i < 2 ? 1 : 0.5)),
    })),
  }));
  const relative: Loss = {
    key: "relative",
    extras: [],
    needsRelative: true,
    compute: ({ sums, relative }) => ({
      loss: tf.mean(tf.mul(sums, tf.exp(tf.mul(relative!, 0.1)))),
      relative: relative!,
    }),
  };
  const runRelative = async (name: "onnx" | "cpu", mode: StepMode) => {
    const lm = randomModel(await createRuntime(name));
    const result = await createLossStep(lm, relative, { mode }).run({
      rows: weightedRows,
      lora: randomLora(),
      extras: {},
    });
    await lm.dispose();
    return result;
  };

  it("are the same layer by layer and op by op", async () => {
    const whole = await runRelative("onnx", "whole");
    for (const other of [await runRelative("onnx", "layerwise"), await runRelative("cpu", "whole")]) {
      expect(other.outputs["relative"]).toBeAllClose(whole.outputs["relative"]!, { rtol: 1e-4, atol: 1e-4 });
      expect(other.tokens.logProbs).toBeAllClose(whole.tokens.logProbs, { rtol: 1e-4 });
      expect(other.tokens.entropy).toBeAllClose(whole.tokens.entropy, { rtol: 1e-4 });
      const module = "model.layers.0.mlp.up_proj";
      const { B } = whole.gradients.get(module)!;
      const atol = 1e-4 * Math.max(...B.map(Math.abs));
      expect(other.gradients.get(module)!.B).toBeAllClose(B, { rtol: 1e-4, atol });
    }
  });

  it("weigh each token's log-prob, in a step and in a score, and nothing else", async () => {
    const lm = randomModel(await createRuntime("onnx"));
    const options = { lora: randomLora() };
    const [{ prompt, completions }] = weightedRows as [PromptRow];
    const { ids } = completions[0]!;
    const single = ids.map((_, i) => ({ prompt, completions: [{ ids, mask: ids.map((_, j) => (i === j ? 1 : 0)) }] }));
    const { logProbs } = await score(lm, single, options);
    const weighted = await score(lm, weightedRows, options);
    expect(weighted.logProbs[0]).toBeCloseTo(logProbs[0]! + logProbs[1]! + logProbs[2]! / 2, 4);
    const { logProbs: _, ...plain } = await score(lm, rows, options);
    expect(weighted).toMatchObject(plain);
    expect((await runRelative("onnx", "whole")).tokens.logProbs).toBeAllClose(weighted.logProbs, { rtol: 1e-5 });
    await lm.dispose();
  });

  it("set a token against the tokens that the model would draw", async () => {
    const lm = randomModel(await createRuntime("onnx"));
    const lora = randomLora();
    const prompt = [5, 9, 14];
    const one = (id: number) => ({ prompt, completions: [own(id)] });
    const { logProbs } = await score(
      lm,
      Array.from({ length: tinyConfig.vocabSize }, (_, id) => one(id)),
      { lora },
    );
    const squares = logProbs.reduce((sum, logProb) => sum + Math.exp(2 * logProb), 0);
    const { outputs } = await createLossStep(lm, relative).run({ rows: [one(7)], lora, extras: {} });
    expect(outputs["relative"]![0]).toBeCloseTo(logProbs[7]! - Math.log(squares), 4);
    await lm.dispose();
  });
});
