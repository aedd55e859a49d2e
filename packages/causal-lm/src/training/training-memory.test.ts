import { describe, expect, it } from "vitest";
import { randomLora, tinyConfig } from "../__fixtures__/random-model.ts";
import { embeddingBytes, layerBytes, weightBytes } from "../storage.ts";
import { layOut } from "./layout.ts";
import { PROCESS_BYTES } from "./memory-budget.ts";
import { layerwiseBytes, trainedBytes, wholeStepBytes } from "./step-memory.ts";
import { trainingMemory } from "./training-memory.ts";

const size = { pairs: 2, promptTokens: 100, completionTokens: 40, rank: 3 };
const own = { ids: Array<number>(40).fill(7), mask: Array<number>(40).fill(1) };
const row = { prompt: Array<number>(100).fill(7), completions: [own, own] };
const storages = ["f32", "bf16", "f16", "int8", "w8a8"] as const;

describe("trainingMemory", () => {
  it("is the process, the weights, and what a step of that batch needs with its LoRA", () => {
    const form = { config: tinyConfig, storage: "bf16", runtime: { keepsMemory: false, holdsLittle: true } } as const;
    const [layout, lora] = [layOut(tinyConfig, [row, row]), randomLora(3)];
    const besides = PROCESS_BYTES + weightBytes(tinyConfig, "bf16") + trainedBytes(lora);
    const steps = [
      wholeStepBytes(form, layout, { lora, held: "all" }).needs,
      wholeStepBytes(form, layout, { lora, held: "dear" }).needs,
      layerwiseBytes(form, { layout, lora, differentiates: true }),
    ];
    const found = trainingMemory(tinyConfig, "bf16", size);
    expect(found.slice(0, 3).map(({ bytes }) => bytes)).toEqual(steps.map((step) => besides + step));
    expect(found.map(({ mode, weights }) => `${mode} ${weights}`)).toEqual([
      "whole memory",
      "recompute memory",
      "layerwise memory",
      "layerwise disk",
    ]);
  });

  it.each(storages)(
    "%s: on the disk, the embedding table and four layers are there in place of all weights",
    (storage) => {
      const config = { ...tinyConfig, layers: 24 };
      const [, , memory, disk] = trainingMemory(config, storage, size);
      const saved = weightBytes(config, storage) - embeddingBytes(config, storage) - 4 * layerBytes(config, storage);
      expect(memory!.bytes - disk!.bytes).toBe(saved);
      expect(saved).toBeGreaterThan(0);
    },
  );

  it("counts a head of its own that is read from the disk", () => {
    const config = { ...tinyConfig, vocabSize: 6100 };
    const onDisk = (tiedHead: boolean): number => trainingMemory({ ...config, tiedHead }, "f32", size)[3]!.bytes;
    expect(onDisk(false) - onDisk(true)).toBe(4 * 6100 * 24 - 4 * layerBytes(config, "f32"));
  });

  it.each(storages)("%s: slower forms take less of a deep model", (storage) => {
    const bytes = trainingMemory({ ...tinyConfig, layers: 24 }, storage, size).map((one) => one.bytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => b - a));
    expect(new Set(bytes).size).toBe(4);
  });

  it("says how steps run where nothing is said of memory: activations may take 4 GiB then, in memory", () => {
    const chosen = (promptTokens: number): number =>
      trainingMemory(tinyConfig, "f32", { ...size, promptTokens }).findIndex(({ isDefault }) => isDefault);
    expect([100, 10_000, 20_000].map(chosen)).toEqual([0, 1, 2]);
    for (const promptTokens of [100, 10_000, 20_000]) {
      const [whole, recompute] = trainingMemory(tinyConfig, "f32", { ...size, promptTokens }).map(
        ({ bytes }) => bytes - PROCESS_BYTES - weightBytes(tinyConfig, "f32") <= 2 ** 32,
      );
      expect(chosen(promptTokens)).toBe(whole ? 0 : recompute ? 1 : 2);
    }
  });

  it.each([
    ["pairs", { pairs: 3 }],
    ["prompt", { promptTokens: 300 }],
    ["completion", { completionTokens: 300 }],
    ["rank", { rank: 9 }],
  ])("grows with %s", (_, larger) => {
    const before = trainingMemory(tinyConfig, "f32", size);
    const after = trainingMemory(tinyConfig, "f32", { ...size, ...larger });
    for (const [i, { bytes }] of after.entries()) expect(bytes).toBeGreaterThan(before[i]!.bytes);
  });
});
