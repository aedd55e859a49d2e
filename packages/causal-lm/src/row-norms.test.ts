import { deltaWeight } from "@prefdelta/lora";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { randomLora, randomModel, tinyConfig } from "./__fixtures__/random-model.ts";
import { adapterFromLora } from "./lora.ts";
import { withMagnitudes, withRowNorms } from "./row-norms.ts";
import { createRuntime } from "./runtime/create-runtime.ts";
import { widen } from "./storage.ts";
import { scalesOf } from "@prefdelta/tfjs-onnx";
import { createLossStep } from "./training/loss-step.ts";
import { score } from "./training/score.ts";

const rows = [{ prompt: [5, 9, 14, 3], completions: [{ ids: [7, 22, 60], mask: [1, 1, 1] }] }];

it.each(["f32", "bf16", "int8"] as const)("are those of W + scale · B A, with %s storage", async (storage) => {
  const lm = randomModel(await createRuntime("onnx"), storage);
  const lora = randomLora();
  const module = "model.layers.1.mlp.gate_proj";
  const factors = { ...lora.modules.get(module)!, scale: 2 };
  const own = { ...lora, modules: new Map(lora.modules).set(module, factors) };
  // Twice: the base's part is known then.
  for (const { modules } of [await withMagnitudes(lm, own), await withMagnitudes(lm, own)]) {
    const adapter = adapterFromLora(own, { baseModel: null, metadata: new Map() });
    for (const [path, update] of adapter.modules) {
      const name = `${path}.weight`;
      const weight = widen(lm.weights.get(name)!, storage, lm.weights.get(scalesOf(name))).data;
      const sum = deltaWeight(update).map((delta, i) => delta + weight[i]!);
      const expected = Array.from({ length: update.outFeatures }, (_, row) =>
        Math.hypot(...sum.subarray(row * update.inFeatures, (row + 1) * update.inFeatures)),
      );
      expect(modules.get(path)!.magnitude, path).toBeAllClose(expected, { rtol: 1e-5 });
    }
  }
  await lm.dispose();
});

it("as magnitudes leave the update what it was, in some maps too", async () => {
  const lm = randomModel(await createRuntime("onnx"));
  const lora = randomLora();
  const dora = await withMagnitudes(lm, lora);
  const mixed = { ...dora, modules: new Map(dora.modules) };
  for (const [module, factors] of lora.modules) if (module.endsWith("v_proj")) mixed.modules.set(module, factors);
  const { logProbs } = await score(lm, rows, { lora });
  for (const same of [dora, mixed]) {
    expect((await score(lm, rows, { lora: same })).logProbs).toBeAllClose(logProbs, { rtol: 1e-5 });
  }
  await lm.dispose();
});

it("do not depend on which maps were asked for before", async () => {
  const lora = randomLora();
  const of = (...names: string[]) => ({
    ...lora,
    modules: new Map([...lora.modules].filter(([module]) => names.some((name) => module.endsWith(name)))),
  });
  const lm = randomModel(await createRuntime("onnx"));
  const expected = await withMagnitudes(lm, of("q_proj", "v_proj"));
  const other = { ...lm }; // the same steps, and nothing known of its weights
  await withMagnitudes(other, of("layers.0.self_attn.q_proj", "layers.1.self_attn.v_proj"));
  expect(await withMagnitudes(other, of("q_proj", "v_proj"))).toEqual(expected);
  await lm.dispose();
});

it("are found only where there are magnitudes, and kept by magnitudes that there are", async () => {
  const lm = randomModel(await createRuntime("onnx"));
  const lora = randomLora();
  expect(await withRowNorms(lm, lora)).toBe(lora);
  const module = "model.layers.0.self_attn.q_proj";
  const magnitude = new Float32Array(tinyConfig.queryHeads * tinyConfig.headDim).fill(2);
  const one = { ...lora, modules: new Map(lora.modules).set(module, { ...lora.modules.get(module)!, magnitude }) };
  const normed = await withRowNorms(lm, one);
  expect([...normed.modules.values()].filter(({ norms }) => norms)).toHaveLength(1);
  expect((await withMagnitudes(lm, one)).modules.get(module)!.magnitude).toBe(magnitude);
  await lm.dispose();
});

it("of rows of zeros, and magnitudes of 0, leave a step that has its gradients", async () => {
  const lm = randomModel(await createRuntime("onnx"));
  const module = "model.layers.0.mlp.up_proj";
  lm.weights.get(`${module}.weight`)!.data.fill(0, 0, tinyConfig.hiddenSize); // its first row
  const lora = randomLora();
  const factors = lora.modules.get(module)!;
  factors.B.fill(0, 0, lora.rank);
  const dora = await withMagnitudes(lm, lora);
  const { magnitude } = dora.modules.get(module)!;
  expect(magnitude![0]).toBe(0);
  magnitude![1] = 0; // of a row that is not
  const loss = {
    key: "sum",
    extras: [],
    compute: ({ sums }: { readonly sums: tf.Tensor }) => ({ loss: tf.sum<tf.Scalar>(sums) }),
  };
  for (const mode of ["whole", "layerwise"] as const) {
    const { gradients } = await createLossStep(lm, loss, { mode }).run({ rows, lora: dora, extras: {} });
    for (const [path, { A, B, magnitude }] of gradients) {
      for (const array of [A, B, magnitude!]) expect(array.every(Number.isFinite), path).toBe(true);
    }
    const own = gradients.get(module)!.magnitude!;
    expect(own[0]).toBe(0);
    expect(own[1]).not.toBe(0);
  }
  await lm.dispose();
});
