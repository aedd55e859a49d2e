import type { Storage } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { randomLora, randomModel, tinyConfig } from "../__fixtures__/random-model.ts";
import { type CausalLm, createCausalLm } from "../causal-lm.ts";
import { createRuntime } from "../runtime/create-runtime.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { weightBytes } from "../storage.ts";
import { layOut } from "./layout.ts";
import { createLossStep, type StepMode } from "./loss-step.ts";
import {
  activationBudget,
  activationBytes,
  headStepBytes,
  layerStepBytes,
  layerwiseStepBytes,
  wholeStepBytes,
} from "./step-memory.ts";

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

describe("activationBudget", () => {
  it("is what the weights leave of a model's memory, or 4 GiB", () => {
    const model = { config: tinyConfig, storage: "f32" } as const;
    expect(activationBudget(model)).toBe(4 * 2 ** 30);
    expect(activationBudget({ ...model, memoryBytes: 1e6 })).toBe(1e6 - weightBytes(tinyConfig, "f32"));
  });
});

describe("compiled steps", () => {
  const own = (length: number) => ({ ids: Array<number>(length).fill(7), mask: Array<number>(length).fill(1) });
  const rowsOf = (length: number) => [{ prompt: own(length).ids, completions: [own(length), own(length)] }];
  const lengths = [16, 32, 16];

  /** How often a model of so much memory compiles in steps of these lengths, one after another. */
  async function compilations(memoryBytes: number | undefined, mode: StepMode = "whole"): Promise<number> {
    let count = 0;
    const onnx = await createRuntime("onnx", { threads: 1 });
    const counting: Runtime = { ...onnx, compile: (fn, inputs) => (count++, onnx.compile(fn, inputs)) };
    const { weights } = randomModel(onnx);
    const lm: CausalLm = createCausalLm({
      ...randomModel(counting),
      weights: { get: (name) => weights.get(name)?.data as Float32Array },
      memoryBytes,
    });
    const step = createLossStep(
      lm,
      { key: "sum", extras: [], compute: ({ sums }) => ({ loss: tf.sum(sums) }) },
      { mode },
    );
    for (const length of lengths) await step.run({ rows: rowsOf(length), lora: randomLora(), extras: {} });
    await lm.dispose();
    return count;
  }

  it("are kept while they fit the memory that was given, and compiled again where they do not", async () => {
    const bytes = lengths.map((length) => wholeStepBytes(tinyConfig, layOut(tinyConfig, rowsOf(length)), randomLora()));
    const weights = weightBytes(tinyConfig, "f32");
    expect(await compilations(undefined)).toBe(2);
    expect(await compilations(weights + bytes[0]! + bytes[1]!)).toBe(2);
    expect(await compilations(weights + bytes[1]!)).toBe(3);
  });

  it("of single layers are bounded so, too, forward, head and backward", async () => {
    expect(await compilations(undefined, "layerwise")).toBe(6);
    const model = { config: tinyConfig, storage: "f32" } as const;
    const layout = layOut(tinyConfig, rowsOf(32));
    const longest = 2 * layerwiseStepBytes(model, { layout, lora: randomLora() }) + headStepBytes(tinyConfig, layout);
    expect(await compilations(weightBytes(tinyConfig, "f32") + longest, "layerwise")).toBe(9);
  });

  it("that widen weights first keep those of a layer", () => {
    const layout = layOut(tinyConfig, rowsOf(16));
    const bytes = (storage: Storage) => layerwiseStepBytes({ config: tinyConfig, storage }, { layout });
    const besides = 4 * tinyConfig.hiddenSize * (tinyConfig.vocabSize + 1); // embedding and final norm
    expect(bytes("int8") - bytes("f32")).toBe((weightBytes(tinyConfig, "f32") - besides) / tinyConfig.layers);
  });

  it("without a backward pass keep twice a layer's share, as ONNX Runtime does", () => {
    const layout = layOut(tinyConfig, rowsOf(16));
    const ofLayers = layerStepBytes(tinyConfig, layout);
    expect(ofLayers * tinyConfig.layers).toBeCloseTo(2 * activationBytes(tinyConfig, layout), -1);
  });
});
