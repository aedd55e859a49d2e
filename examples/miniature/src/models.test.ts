import { readdir, readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseModelConfig, weightShapes } from "@prefdelta/causal-lm";
import { toFloat32 } from "@prefdelta/safetensors";
import { openCheckpoint } from "@prefdelta/safetensors/node";
import { describe, expect, test } from "vitest";
import { ladder, rungNames } from "./pretraining/ladder.ts";
import { generationConfig, modelConfig } from "./pretraining/model-config.ts";

const models = new URL("../models/", import.meta.url);
const readJson = async (url: URL): Promise<unknown> => JSON.parse(await readFile(url, "utf8"));

test("two ladders, less than 25 MB together", async () => {
  expect((await readdir(models)).toSorted()).toEqual(["seed-1", "seed-2"]);
  let bytes = 0;
  for (const path of await readdir(models, { recursive: true })) {
    const found = await stat(new URL(path, models));
    if (found.isFile()) bytes += found.size;
  }
  expect(bytes).toBeLessThan(25e6);
});

describe.each(["seed-1", "seed-2"])("%s", (seed) => {
  test("has the rungs of the ladder", async () => {
    expect((await readdir(new URL(`${seed}/`, models))).toSorted()).toEqual(rungNames.toSorted());
  });

  test.each(rungNames)("%s is a Qwen3 folder with this tokenizer and finite bfloat16 weights", async (rung) => {
    const folder = new URL(`${seed}/${rung}/`, models);
    expect(await readJson(new URL("config.json", folder))).toEqual(modelConfig(ladder[rung].shape));
    expect(await readJson(new URL("generation_config.json", folder))).toEqual(generationConfig);
    for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
      const shared = await readFile(new URL(`../data/${name}`, import.meta.url), "utf8");
      expect(await readFile(new URL(name, folder), "utf8")).toBe(shared);
    }
    const checkpoint = await openCheckpoint(fileURLToPath(folder));
    const shapes = weightShapes(parseModelConfig(modelConfig(ladder[rung].shape)));
    expect([...checkpoint.names].toSorted()).toEqual([...shapes.keys()].toSorted());
    for (const [name, shape] of shapes) {
      const view = await checkpoint.read(name);
      expect([view.dtype, ...view.shape]).toEqual(["BF16", ...shape]);
      expect(toFloat32(view).every(Number.isFinite)).toBe(true);
    }
    await checkpoint.close();
  });
});
