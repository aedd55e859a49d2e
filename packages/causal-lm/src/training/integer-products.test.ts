import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { randomLora, randomModel } from "../__fixtures__/random-model.ts";
import { createRuntime } from "../runtime/create-runtime.ts";
import type { WeightStorage } from "../causal-lm.ts";
import { generate } from "../generation/generate.ts";
import { createLossStep, type LossStepResult, type StepMode } from "./loss-step.ts";
import type { Loss } from "./loss.ts";

const own = (...ids: number[]) => ({ ids, mask: ids.map(() => 1) });
const rows = [
  { prompt: [5, 9, 14, 3], completions: [own(7, 22, 60), own(8, 30, 31, 12, 60)] },
  { prompt: [17, 2], completions: [own(40, 41, 42, 43), own(50, 60)] },
];
const loss: Loss = {
  key: "squares",
  extras: [],
  compute: ({ sums }) => ({ loss: tf.mean(tf.square(sums)) }),
};

async function run(storage: WeightStorage, mode: StepMode = "whole"): Promise<LossStepResult> {
  const lm = randomModel(await createRuntime("onnx", { threads: 1 }), storage);
  const result = await createLossStep(lm, loss, { mode }).run({ rows, lora: randomLora(), extras: {} });
  await lm.dispose();
  return result;
}

const flat = ({ gradients }: LossStepResult): number[] => [...gradients.values()].flatMap(({ A, B }) => [...A, ...B]);

/** cos of the angle between two lists. */
function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe("weights that are multiplied in 8-bit integers", () => {
  it("give the log-probs and gradients of the same weights in float32, but for rounding", async () => {
    const [integers, float] = [await run("w8a8"), await run("int8")];
    // Rounding errors of 24 to 40 terms in two layers; the products' own are held by tfjs-onnx' tests.
    expect(integers.tokens.logProbs).toBeAllClose(float.tokens.logProbs, { atol: 0.15 });
    expect(cosine(flat(integers), flat(float))).toBeGreaterThan(0.995);
    expect(cosine(flat(integers), flat(float))).toBeLessThan(1 - 1e-9); // they were rounded
  });

  it("give the same layer by layer as in one graph", async () => {
    const [whole, layerwise] = [await run("w8a8"), await run("w8a8", "layerwise")];
    const sorted = (result: LossStepResult): LossStepResult => ({
      ...result,
      gradients: new Map([...result.gradients].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    });
    // A fusion's last digit can move an activation over the border between two integers.
    expect(cosine(flat(sorted(layerwise)), flat(sorted(whole)))).toBeGreaterThan(0.9995);
  });

  it("generate", async () => {
    const [integers, float] = await Promise.all(
      (["w8a8", "int8"] as const).map(async (storage) => {
        const lm = randomModel(await createRuntime("onnx", { threads: 1 }), storage);
        const [answer] = await generate(lm, [[5, 9, 14, 3]], { maxNewTokens: 6 });
        await lm.dispose();
        return answer!.ids;
      }),
    );
    expect(integers![0]).toBe(float![0]);
    expect(integers!.length).toBeGreaterThan(0);
  });

  it("are refused where a runtime has no such products", async () => {
    const runtime = await createRuntime("cpu");
    expect(() => randomModel(runtime, "w8a8")).toThrow(
      expect.objectContaining({ code: "E_RUNTIME", message: expect.stringContaining("provider cpu") as string }),
    );
  });
});
