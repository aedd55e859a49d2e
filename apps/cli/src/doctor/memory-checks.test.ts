import { checkModelFolder, parseModelConfig, trainingMemory } from "@prefdelta/causal-lm";
import { expect, test } from "vitest";

import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { formatBytes } from "../print/format-bytes.ts";
import { assumedSize, memoryChecks } from "./memory-checks.ts";

const storages = ["f32", "bf16", "f16", "int8", "w8a8"];
const { config: tiny } = await checkModelFolder(tinyModel);

/** As large as an 8B model, with a head of its own. */
const large = parseModelConfig({
  model_type: "llama",
  vocab_size: 128_256,
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
});
const roomy = { free: 2 ** 40, memory: 2 ** 40 };
const sizes = (storage: "f32" | "int8") => trainingMemory(large, storage, assumedSize).map(({ bytes }) => bytes);

test("a line says what is asked about, and one for each storage what it takes", () => {
  const [assumed, ...rest] = memoryChecks(tiny!, { free: 3 * 2 ** 30, memory: 4 * 2 ** 30 });
  expect(assumed).toMatchObject({
    name: "memory to train",
    state: "ok",
    what: "estimated for the process on onnx, provider cpu: batches of 1 pair of 512 prompt and twice 256 completion tokens, a LoRA of rank 16 on all maps; 3.0 GB is free of 4.0 GB",
  });
  expect(rest.map(({ name, state, advice }) => [name, state, advice])).toEqual(
    storages.map((storage) => [`memory to train, ${storage}`, "ok", undefined]),
  );
  expect(rest[0]!.what).toMatch(
    /^whole [\d.]+ MB, recompute [\d.]+ MB, layerwise [\d.]+ MB, layerwise from the disk [\d.]+ MB; fits: whole$/,
  );
});

test("a form that takes --memory is told with it, and how steps run without", () => {
  const [, f32] = memoryChecks(large, roomy);
  expect(f32).toMatchObject({
    state: "ok",
    what: expect.stringMatching(/fits: whole$/) as string,
    advice: "--storage f32 --memory 1048576MB for whole; without --memory steps run layerwise",
  });
  const [, , , onDisk] = sizes("f32");
  const free = Math.ceil(onDisk! / 2 ** 20) * 2 ** 20;
  expect(memoryChecks(large, { free, memory: free })[1]).toMatchObject({
    state: "ok",
    what: expect.stringMatching(/fits: layerwise from the disk$/) as string,
    advice: `--storage f32 --memory ${free / 2 ** 20}MB for layerwise from the disk; without --memory steps run layerwise, which does not fit`,
  });
});

test("the fastest form that fits is found at its very size", () => {
  const bytes = sizes("f32");
  const fits = (free: number): string =>
    /fits(?: now)?: (.*)$/.exec(memoryChecks(large, { free, memory: free })[1]!.what)![1]!;
  expect(bytes.map(fits)).toEqual(["whole", "recompute", "layerwise", "layerwise from the disk"]);
  expect(bytes.map((size) => fits(size - 1))).toEqual(["recompute", "layerwise", "layerwise from the disk", "none"]);
});

test("what fits once others give back memory is a warning", () => {
  const [, f32] = memoryChecks(large, { free: 2 ** 20, memory: 2 ** 40 });
  expect(f32).toMatchObject({
    state: "warning",
    advice: `whole fits when other programs leave ${formatBytes(sizes("f32")[0]!)}`,
  });
});

test("what does not fit this machine names the storages that do, and is a problem where none does", () => {
  const memory = sizes("int8").at(-1)!;
  const checks = memoryChecks(large, { free: memory, memory });
  expect(checks.find(({ name }) => name.endsWith("f32"))).toMatchObject({
    state: "warning",
    advice: "choose --storage int8 or --storage w8a8",
  });
  expect(checks.find(({ name }) => name.endsWith("int8"))).toMatchObject({ state: "ok" });
  const none = memoryChecks(large, { free: 2 ** 30, memory: 2 ** 30 }).slice(1);
  expect(none.map(({ state }) => state)).toEqual(storages.map(() => "problem"));
});
