import { trace, type TracedFunction } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { randomLora, randomModel, tinyConfig } from "../__fixtures__/random-model.ts";
import { type CausalLm, createCausalLm } from "../causal-lm.ts";
import { adaptableModules } from "../lora.ts";
import { createRuntime } from "../runtime/create-runtime.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { weightBytes } from "../storage.ts";
import { layOut } from "./layout.ts";
import { createLossStep, type StepMode } from "./loss-step.ts";
import { PROCESS_BYTES } from "./memory-budget.ts";
import {
  forwardStepBytes,
  headStepBytes,
  layerWeightBytes,
  layerwiseStepBytes,
  type StepForm,
  trainedBytes,
  wholeStepBytes,
} from "./step-memory.ts";

const form: StepForm = { config: tinyConfig, storage: "f32", runtime: { keepsMemory: true, holdsLittle: true } };
const thrifty: StepForm = { ...form, runtime: { keepsMemory: false, holdsLittle: true } };
const own = (length: number) => ({ ids: Array<number>(length).fill(7), mask: Array<number>(length).fill(1) });
const rowsOf = (length: number) => [{ prompt: own(length).ids, completions: [own(length), own(length)] }];
const sum = {
  key: "sum",
  extras: [],
  compute: ({ sums }: { readonly sums: tf.Tensor }) => ({ loss: tf.sum<tf.Scalar>(sums) }),
};

interface Recorded {
  readonly name: string;
  readonly recorder: { readonly values: ReadonlyMap<string, { readonly shape: readonly number[] }> };
}

/** Bytes that a step's forward pass makes and its backward pass reads, in the recorded graph; views of a tensor are no copies. */
function countKept(fn: TracedFunction, inputs: Parameters<typeof trace>[1]): number {
  let loss: Recorded | undefined;
  const { nodes } = trace((tensors) => {
    const outputs = fn(tensors);
    loss = outputs["output.loss"]!.dataId as unknown as Recorded;
    return outputs;
  }, inputs);
  const { name, recorder } = loss!;
  // What is computed again was recorded last.
  const order = (value: string): number =>
    value.startsWith("again") ? Infinity : Number(/^t(\d+)/.exec(value)?.[1] ?? -1);
  const [isView, last] = [new Set(["Reshape", "Identity"]), order(name)];
  const sources = new Map<string, string>();
  for (const { op, inputs, outputs } of nodes) {
    if (isView.has(op)) sources.set(outputs[0]!, inputs[0]!);
    if (op === "FusedConv") sources.set(outputs[0]!, inputs[3]!); // adds in place
  }
  const source = (value: string): string => (sources.has(value) ? source(sources.get(value)!) : value);
  const kept = new Map<string, number>();
  for (const { inputs, outputs } of nodes) {
    if (outputs.every((value) => order(value) <= last)) continue;
    for (const value of inputs.map(source).filter((value) => order(value) >= 0 && order(value) <= last)) {
      kept.set(value, 4 * recorder.values.get(value)!.shape.reduce((a, b) => a * b, 1));
    }
  }
  return [...kept.values()].reduce((a, b) => a + b, 0);
}

/** The kept bytes of a whole step as recorded, of a model of so many layers. */
async function recordedBytes({
  layers,
  length,
  mode,
}: {
  layers: number;
  length: number;
  mode: StepMode;
}): Promise<number> {
  let bytes = 0;
  const counting: Runtime = {
    ...(await createRuntime("onnx")),
    compile: (fn, inputs) => {
      bytes = countKept(fn, inputs);
      return Promise.reject(new Error("counted"));
    },
  };
  const config = { ...tinyConfig, layers };
  const lm: CausalLm = { ...randomModel(counting), config };
  const factors = [...adaptableModules(config)].map(
    ([path, [out, input]]) => [path, { A: new Float32Array(2 * input), B: new Float32Array(2 * out) }] as const,
  );
  const lora = { rank: 2, scale: 1, modules: new Map(factors) };
  const run = createLossStep(lm, sum, { mode }).run({ rows: rowsOf(length), lora, extras: {} });
  await expect(run).rejects.toThrow("counted");
  return bytes;
}

describe("wholeStepBytes", () => {
  const forms = [
    ["whole", "all"],
    ["recompute", "dear"],
  ] as const;
  it.each(forms.flatMap((form) => [48, 120, 300].map((length) => [...form, length] as const)))(
    "%s: counts what is held of a layer (%s) of a prompt and two answers of %d tokens, within a tenth",
    async (mode, held, length) => {
      const recorded = (layers: number): Promise<number> => recordedBytes({ layers, length, mode });
      const counted = (await recorded(3)) - (await recorded(2));
      const bytes = (layers: number): number => {
        const config = { ...tinyConfig, layers };
        return (
          wholeStepBytes({ ...form, config }, layOut(config, rowsOf(length)), { lora: randomLora(), held }).needs -
          2e6 * layers
        );
      };
      const estimate = bytes(3) - bytes(2);
      expect(estimate / counted).toBeGreaterThan(0.9);
      expect(estimate / counted).toBeLessThan(1.1);
    },
  );
});

const whole = { lora: randomLora(), held: "all" } as const;

describe("auto", () => {
  /** What a model that has so much for a step's activations compiles for one, by the inputs and what the graph computes twice. */
  async function chosen(bytes: number, { holdsLittle = true } = {}): Promise<string> {
    const forms: string[] = [];
    const onnx = await createRuntime("onnx", { threads: 1 });
    const telling: Runtime = {
      ...onnx,
      holdsLittle,
      compile: (fn, inputs) => {
        const { nodes } = trace(fn, inputs);
        const recomputes = nodes.some(({ outputs }) => outputs[0]!.startsWith("again"));
        forms.push("dy" in inputs ? "layerwise" : recomputes ? "recompute" : "whole");
        return onnx.compile(fn, inputs);
      },
    };
    const lm = randomModel(telling);
    await createLossStep(lm, sum, { memoryBytes: bytes }).run({ rows: rowsOf(120), lora: randomLora(), extras: {} });
    await lm.dispose();
    return forms.includes("layerwise") ? "layerwise" : forms.join();
  }

  it("takes the first form that fits: all held, what is dear held, layer by layer", async () => {
    const lora = randomLora();
    const layout = layOut(tinyConfig, rowsOf(120));
    const [all, dear] = (["all", "dear"] as const).map(
      (held) => wholeStepBytes(form, layout, { lora, held }).needs + trainedBytes(lora),
    ) as [number, number];
    expect(dear).toBeLessThan(all);
    expect(await chosen(all)).toBe("whole");
    expect(await chosen(all - 1)).toBe("recompute");
    expect(await chosen(dear)).toBe("recompute");
    expect(await chosen(dear - 1)).toBe("layerwise");
    expect(await chosen(dear, { holdsLittle: false })).toBe("layerwise");
  });
});

describe("compiled steps", () => {
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
    const step = createLossStep(lm, sum, { mode });
    for (const length of lengths) await step.run({ rows: rowsOf(length), lora: randomLora(), extras: {} });
    await lm.dispose();
    return count;
  }

  it("are kept while they fit the memory that was given, and compiled again where they do not", async () => {
    const bytes = lengths.map((length) => wholeStepBytes(form, layOut(tinyConfig, rowsOf(length)), whole).needs);
    const besides = PROCESS_BYTES + weightBytes(tinyConfig, "f32");
    expect(await compilations(undefined)).toBe(2);
    expect(await compilations(besides + bytes[0]! + bytes[1]!)).toBe(2);
    expect(await compilations(besides + bytes[1]!)).toBe(3);
  });

  it("of single layers are bounded so, too, forward, head and backward", async () => {
    expect(await compilations(undefined, "layerwise")).toBe(6);
    const layout = layOut(tinyConfig, rowsOf(32));
    const [forward, backward] = [false, true].map((differentiates) =>
      layerwiseStepBytes(form, { layout, lora: randomLora(), differentiates }),
    );
    const longest = forward!.keeps + headStepBytes(form, layout).keeps + backward!.keeps;
    expect(await compilations(PROCESS_BYTES + weightBytes(tinyConfig, "f32") + longest, "layerwise")).toBe(9);
  });

  it("that widen weights first need those of a layer", () => {
    const layout = layOut(tinyConfig, rowsOf(16));
    const needs = (storage: "f32" | "int8" | "w8a8") =>
      layerwiseStepBytes({ ...thrifty, storage }, { layout, differentiates: true }).needs;
    const besides = 4 * tinyConfig.hiddenSize * (tinyConfig.vocabSize + 1); // embedding and final norm
    expect(needs("int8") - needs("f32")).toBe((weightBytes(tinyConfig, "f32") - besides) / tinyConfig.layers);
    expect(needs("w8a8")).toBe(needs("f32"));
  });

  it("of the whole model widen one layer's weights at once where they are arranged to hold little, else all", () => {
    const layout = layOut(tinyConfig, rowsOf(16));
    const config = { ...tinyConfig, layers: 5 };
    const needs = (holdsLittle: boolean, storage: "f32" | "int8") =>
      forwardStepBytes({ config, storage, runtime: { keepsMemory: false, holdsLittle } }, layout).needs;
    const ofLayer = layerWeightBytes(config);
    const head = needs(true, "int8") - ofLayer;
    expect(head).toBeGreaterThanOrEqual(needs(true, "f32"));
    expect(needs(false, "int8")).toBe(head + 5 * ofLayer);
    expect(needs(false, "f32")).toBe(needs(true, "f32"));
  });

  it("keep twice what they need where the runtime keeps an arena, and next to nothing where not", () => {
    const layout = layOut(tinyConfig, rowsOf(300));
    const [kept, given] = [form, thrifty].map((own) => forwardStepBytes(own, layout)) as [Bytes, Bytes];
    expect(kept.keeps).toBe(kept.needs);
    expect(given.keeps).toBeLessThan(given.needs / 2);
    expect(kept.needs).toBe(2 * (given.needs - given.keeps));
  });
});

type Bytes = ReturnType<typeof forwardStepBytes>;

describe("trainedBytes", () => {
  it("are four float32 arrays of each factor's size", () => {
    const factors = { A: new Float32Array(6), B: new Float32Array(10) };
    expect(trainedBytes({ rank: 2, modules: new Map([["a", factors]]) })).toBe(4 * 4 * 16);
  });
});
