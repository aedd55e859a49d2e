import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "@prefdelta/random";
import { type FloatDtype, fromFloat32, toFloat32 } from "@prefdelta/safetensors";
import { openCheckpoint, writeSafetensors } from "@prefdelta/safetensors/node";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { CausalLm, WeightStorage } from "./causal-lm.ts";
import { generate } from "./generation/generate.ts";
import { loadCausalLm, type WeightPlace } from "./load-causal-lm.ts";
import { adaptableModules, type LoraWeights } from "./lora.ts";
import type { Feeds } from "./model/weight-inputs.ts";
import { withMagnitudes } from "./row-norms.ts";
import { createRuntime } from "./runtime/create-runtime.ts";
import { visitLayers } from "./training/layer-forward.ts";
import type { Loss } from "./training/loss.ts";
import { PROCESS_BYTES } from "./training/memory-budget.ts";
import { createLossStep, type LossStepResult, type StepMode } from "./training/loss-step.ts";
import { score } from "./training/score.ts";

const folder = fileURLToPath(new URL("./__fixtures__/tiny-qwen3", import.meta.url));
const runtime = await createRuntime("onnx", { threads: 1 });

const own = (...ids: number[]) => ({ ids, mask: ids.map(() => 1) });
const rows = [
  { prompt: [5, 9, 14, 3], completions: [own(7, 22, 60), own(8, 30)] },
  { prompt: [17, 2], completions: [own(40, 41, 42, 43), own(50, 60)] },
];
const dropout = { probability: 0.2, randoms: rows.map((_, i) => createRandom(i)) };
const loss: Loss = { key: "sum", extras: [], compute: ({ sums }) => ({ loss: tf.sum(sums) }) };

function someLora(lm: CausalLm): LoraWeights {
  const wave = (length: number) => Float32Array.from({ length }, (_, i) => 0.1 * Math.sin(i));
  const modules = [...adaptableModules(lm.config)].map(
    ([name, [out, input]]) => [name, { A: wave(2 * input), B: wave(2 * out) }] as const,
  );
  return { rank: 2, scale: 1, modules: new Map(modules) };
}

interface Chosen {
  readonly weights: WeightPlace;
  readonly storage: WeightStorage;
  /** Of the model; tiny-qwen3, in float32, if absent. */
  readonly from?: string;
}

async function withModel<T>(
  { weights, storage, from = folder }: Chosen,
  use: (lm: CausalLm) => Promise<T>,
): Promise<T> {
  const lm = await loadCausalLm(from, { runtime, storage, weights });
  try {
    return await use(lm);
  } finally {
    await lm.dispose();
  }
}

/** tiny-qwen3 with its weights in each type. */
const folders = new Map<FloatDtype, string>([["F32", folder]]);
beforeAll(async () => {
  const checkpoint = await openCheckpoint(folder);
  const made: string[] = [];
  for (const dtype of ["F16", "BF16"] as const) {
    const place = await mkdtemp(join(tmpdir(), "weights "));
    made.push(place);
    folders.set(dtype, place);
    await cp(folder, place, { recursive: true });
    const rounded = checkpoint.names.map(async (name) => {
      const view = await checkpoint.read(name);
      return [name, fromFloat32(toFloat32(view), { dtype, shape: view.shape })] as const;
    });
    await writeSafetensors(join(place, "model.safetensors"), await Promise.all(rounded));
  }
  await checkpoint.close();
  return () => Promise.all(made.map((place) => rm(place, { recursive: true })));
});

const gradients = (weights: WeightPlace, mode: StepMode, storage: WeightStorage): Promise<LossStepResult> =>
  withModel({ weights, storage }, (lm) =>
    createLossStep(lm, loss, { mode }).run({ rows, lora: someLora(lm), dropout, extras: {} }),
  );

describe("weights on the disk", () => {
  it.each(["f32", "bf16", "f16", "int8"] as const)(
    "give the same step as in memory, with %s storage",
    async (storage) => {
      const memory = await gradients("memory", "layerwise", storage);
      expect(await gradients("disk", "auto", storage)).toEqual(memory);
      expect(Math.max(...memory.gradients.values().next().value!.A.map(Math.abs))).toBeGreaterThan(0);
    },
  );

  it.each(["f32", "int8"] as const)("give the same step of a DoRA with dropout, with %s storage", async (storage) => {
    const step = (weights: WeightPlace, mode: StepMode) =>
      withModel({ weights, storage }, async (lm) => {
        const lora = await withMagnitudes(lm, someLora(lm));
        return createLossStep(lm, loss, { mode }).run({ rows, lora, dropout, extras: {} });
      });
    const memory = await step("memory", "layerwise");
    expect(await step("disk", "auto")).toEqual(memory);
    expect(Math.max(...memory.gradients.values().next().value!.magnitude!.map(Math.abs))).toBeGreaterThan(0);
  });

  it.each(["f32", "int8"] as const)("give the same log-probs, with %s storage", async (storage) => {
    const scored = (weights: WeightPlace) =>
      withModel({ weights, storage }, (lm) => score(lm, rows, { lora: someLora(lm) }));
    const [memory, disk] = [await scored("memory"), await scored("disk")];
    expect(disk.logProbs).toBeAllClose(memory.logProbs, { rtol: 1e-6 });
    expect(disk.entropy).toBeAllClose(memory.entropy, { rtol: 1e-6 });
    expect(disk.counts).toEqual(memory.counts);
  });

  it("are the same model as in memory, of which the embedding alone is held, and the head that is tied to it", async () => {
    const [memory, disk] = [
      await loadCausalLm(folder, { runtime }),
      await loadCausalLm(folder, { runtime, weights: "disk" }),
    ];
    expect(disk.hash).toBe(memory.hash);
    expect([...disk.weights.keys()]).toEqual(["model.embed_tokens.weight", "head.0"]);
    const [table, head] = [...disk.weights.values()];
    expect(head!.data.buffer).toBe(table!.data.buffer);
    await Promise.all([memory.dispose(), disk.dispose()]);
  });

  const storages = ["f32", "bf16", "f16", "int8"] as const;
  const files = ["F32", "F16", "BF16"] as const;
  it.each(files.flatMap((file) => storages.map((storage) => ({ file, storage }))))(
    "are right however often layers are visited: $file in the file, $storage storage",
    async ({ file, storage }) => {
      const from = folders.get(file)!;
      const order = [0, 1, 0, 1, 1, 0];
      const visited = (weights: WeightPlace) =>
        withModel({ weights, storage, from }, async (lm) => {
          const feeds: Feeds[] = [];
          for await (const layer of visitLayers(lm, order, { context: {} })) feeds.push(structuredClone(layer.feeds));
          return feeds;
        });
      expect(await visited("disk")).toEqual(await visited("memory"));
    },
  );

  it.each([
    { file: "F32", storage: "f32" },
    { file: "BF16", storage: "bf16" },
    { file: "BF16", storage: "f32" },
    { file: "F16", storage: "f32" },
  ] as const)(
    "take the memory of two layers, in turn: $file in the file, $storage storage",
    async ({ file, storage }) => {
      await withModel({ weights: "disk", storage, from: folders.get(file)! }, async (lm) => {
        const memories = new Set<ArrayBufferLike>();
        for await (const { feeds } of visitLayers(lm, [0, 1, 0, 1, 0, 1], { context: {} })) {
          memories.add(feeds["mlp.up_proj.weight"]!.data.buffer);
        }
        expect(memories.size).toBe(2);
      });
    },
  );

  it("are taken where memory would not hold them all", async () => {
    const [large, small] = [
      await loadCausalLm(folder, { runtime, memoryBytes: 2 * PROCESS_BYTES }),
      await loadCausalLm(folder, { runtime, memoryBytes: PROCESS_BYTES + 8e6 }),
    ];
    expect([large.disk === undefined, small.disk === undefined]).toEqual([true, false]);
    await Promise.all([large.dispose(), small.dispose()]);
  });

  it.each(["f32", "bf16", "int8"] as const)("write the same text, with %s storage", async (storage) => {
    // What all begin with is computed once; rows end at different times, and the cache grows.
    const beginning = Array.from({ length: 40 }, (_, i) => 3 + ((7 * i) % 300));
    const prompts = [[5, 9, 14], [17], [200, 30, 31, 32], [8, 8]].map((own) => [...beginning, ...own]);
    const written = (weights: WeightPlace, batchSize: number) =>
      withModel({ weights, storage }, (lm) =>
        generate(lm, prompts, { maxNewTokens: 24, lora: someLora(lm), batchSize }),
      );
    const memory = await written("memory", 4);
    expect(await written("disk", 4)).toEqual(memory);
    expect(await written("disk", 3)).toEqual(memory);
    expect(new Set(memory.map(({ text }) => text)).size).toBeGreaterThan(1);
  });

  it("are not there for a whole graph", async () => {
    const refused = { code: "E_ON_DISK", message: expect.stringContaining("read from the disk") as string };
    await expect(gradients("disk", "whole", "f32")).rejects.toMatchObject(refused);
  });

  it("can no longer be read once the model is disposed of", async () => {
    const lm = await loadCausalLm(folder, { runtime, weights: "disk" });
    await lm.dispose();
    await expect(lm.disk!.read("model.norm.weight")).rejects.toThrow();
  });
});
