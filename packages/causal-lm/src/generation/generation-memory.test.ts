import type { HostTensor } from "@prefdelta/tfjs-onnx";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { randomModel, tinyConfig } from "../__fixtures__/random-model.ts";
import { createRuntime } from "../runtime/create-runtime.ts";
import type { StepInputs } from "../runtime/runtime.ts";
import { layerwiseBytes, layerWeightBytes, type StepForm } from "../training/step-memory.ts";
import { forward } from "./forward.ts";
import { cacheBytes, forwardBytes, forwardSize, generationBytes, LEAST_PART, partSize } from "./generation-memory.ts";
import { createCache } from "./key-value-cache.ts";

const runtime = await createRuntime("onnx");
const lm = randomModel(runtime);
afterAll(() => lm.dispose());

const thrifty: StepForm = { config: tinyConfig, storage: "f32", runtime: { keepsMemory: false, holdsLittle: true } };
const bytes = (shape: readonly number[]): number => 4 * shape.reduce((a, b) => a * b, 1);

describe("what generation holds", () => {
  it("is keys and values of every layer, head and slot", () => {
    // 2 layers of 2 heads of 8 numbers, keys and values, 4 bytes each: 256 a slot.
    expect(cacheBytes(tinyConfig, { rows: 3, capacity: 64 })).toBe(3 * 64 * 256);
    const { keys, values } = createCache(tinyConfig, { rows: 3, capacity: 64 });
    const held = [...keys, ...values].reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(held).toBe(3 * 64 * 256);
  });

  it("is, of a pass, scores over the cache, what goes in and what comes out", () => {
    // 32 queries, each of 4 heads over 64 + 16 keys, three times over, and two streams of 24: more than the feed-forward block's.
    const passing = 4 * (3 * 4 * 2 * 16 * 80 + 32 * 2 * 24);
    // Hidden states, angles, mask; keys and values; logits twice.
    const [fed, made] = [4 * 32 * (24 + 8 + 80), 2 * 16 * 256 + 4 * 2 * 2 * 61];
    const graph = 1e6; // of two layers
    const expected = { needs: passing + fed + made + graph, keeps: graph };
    expect(forwardBytes(thrifty, { rows: 2, tokens: 16, past: 64 })).toEqual(expected);
    const widened = forwardBytes({ ...thrifty, storage: "bf16" }, { rows: 2, tokens: 16, past: 64 });
    expect(widened.needs).toBeGreaterThanOrEqual(expected.needs + layerWeightBytes(tinyConfig));
  });

  it("is, where weights are on the disk, what a batch layer by layer takes, or the head that is read", () => {
    const onDisk = { ...thrifty, disk: {} };
    const shape = { rows: 2, tokens: 16, past: 64 };
    const [fed, made] = [4 * 32 * (24 + 8 + 80), 2 * 16 * 256 + 4 * 2 * 2 * 61];
    const layerwise = layerwiseBytes(onDisk, { layout: forwardSize(shape), differentiates: false });
    expect(forwardBytes(onDisk, shape).needs).toBe(layerwise + fed + made);
    // A head of its own with far more rows than the layers have weights.
    const config = { ...tinyConfig, tiedHead: false, vocabSize: 1_000_000 };
    const head = 4 * 24 * 1_000_000;
    expect(forwardBytes({ ...onDisk, config }, shape).needs).toBeGreaterThan(head + fed);
    expect(forwardBytes({ ...onDisk, config: { ...config, tiedHead: true } }, shape).needs).toBeLessThan(head);
  });

  it("goes into a recorded step, and comes out of it, as it is counted", async () => {
    let [fed, made] = [0, 0];
    const counting = {
      ...runtime,
      async compile(fn: Parameters<typeof runtime.compile>[0], inputs: StepInputs) {
        for (const name of ["embedded", "cos", "sin", "mask"]) fed += bytes(inputs[name]!.shape);
        const step = await runtime.compile(fn, inputs);
        const run = async (feeds: Readonly<Record<string, HostTensor>>) => {
          const outputs = await step.run(feeds);
          for (const { shape } of Object.values(outputs)) made += bytes(shape);
          return outputs;
        };
        return { ...step, run };
      },
    };
    const counted = randomModel(counting);
    const shape = { rows: 2, tokens: 16, past: 64 };
    const ids = new Int32Array(32);
    await forward(
      counted,
      { ...shape, ids, lengths: Int32Array.of(16, 9) },
      { cache: createCache(tinyConfig, { rows: 2, capacity: 64 }) },
    );
    await counted.dispose();
    const joined = 4 * 2 * 61; // logits are there twice, by blocks and joined
    expect(fed).toBe(4 * 32 * (24 + 8 + 80));
    expect(made + joined).toBe(2 * 16 * 256 + 2 * joined);
  });

  it("is a batch's cache with room for the longest answers, and the step or the part of a prompt that takes most", () => {
    // 40 + 24 tokens are put there: the last one of an answer is not.
    const size = { rows: 4, longest: 40, maxNewTokens: 25 };
    const part = forwardBytes(thrifty, { rows: 1, tokens: 48, past: 64 }).needs;
    expect(generationBytes(thrifty, size)).toBe(256 * (4 * 64 + 48) + part);
    expect(generationBytes(thrifty, { ...size, rows: 1 })).toBe(256 * 64 + part);
    const step = forwardBytes(thrifty, { rows: 400, tokens: 1, past: 128 }).needs;
    expect(generationBytes(thrifty, { ...size, rows: 400, maxNewTokens: 26 })).toBe(256 * 400 * 128 + step);
  });

  it("grows with rows, with prompts and with answers", () => {
    const size = fc.record({
      rows: fc.integer({ min: 1, max: 70 }),
      longest: fc.integer({ min: 1, max: 3000 }),
      maxNewTokens: fc.integer({ min: 1, max: 3000 }),
    });
    const grown = fc.constantFrom("rows", "longest", "maxNewTokens");
    fc.assert(
      fc.property(size, grown, (size, key) => {
        const larger = { ...size, [key]: size[key as "rows"] + 1 };
        expect(generationBytes(thrifty, larger)).toBeGreaterThanOrEqual(generationBytes(thrifty, size));
      }),
    );
  });
});

describe("partSize", () => {
  const prompt = { tokens: 1000, capacity: 1024, follows: false };
  const needs = (tokens: number, past: number): number => forwardBytes(thrifty, { rows: 1, tokens, past }).needs;

  it("is the whole prompt where it fits, without a cache where there is nothing to see", () => {
    expect(partSize(thrifty, prompt, Infinity)).toBe(1024);
    expect(partSize(thrifty, prompt, needs(1024, 0))).toBe(1024);
    expect(partSize(thrifty, { ...prompt, follows: true }, needs(1024, 0))).toBeLessThan(1024);
  });

  it("is the largest power of two that fits beside the cache, and 64 where none does", () => {
    expect(partSize(thrifty, prompt, needs(256, 1024))).toBe(256);
    expect(partSize(thrifty, prompt, needs(256, 1024) - 1)).toBe(128);
    expect(partSize(thrifty, prompt, 0)).toBe(LEAST_PART);
    expect(partSize(thrifty, { ...prompt, tokens: 40 }, 0)).toBe(48);
  });
});
