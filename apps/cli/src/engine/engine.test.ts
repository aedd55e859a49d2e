import { expect, test } from "vitest";

import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { openEngine } from "./engine.ts";
import { engineOptionsSchema } from "./engine-options.ts";

test("an engine says what it runs on, and loads a model once", async () => {
  const engine = await openEngine(engineOptionsSchema.parse({ name: "onnx", threads: 1, storage: "bf16" }));
  expect(engine.description).toMatch(/^onnx .*weights in bf16$/);
  const lm = await engine.model(tinyModel);
  expect(await engine.model(tinyModel)).toBe(lm);
  await engine.close();
  expect(await engine.model(tinyModel)).not.toBe(lm);
  await engine.close();
});

test("a model larger than the memory it may take stays on the disk", async () => {
  const engine = await openEngine(engineOptionsSchema.parse({ name: "onnx", threads: 1, memory: "312MB" }));
  expect((await engine.model(tinyModel)).disk).toBeDefined();
  await engine.close();
  const tight = await openEngine(engineOptionsSchema.parse({ name: "onnx", threads: 1, memory: "100kB" }));
  await expect(tight.model(tinyModel)).rejects.toMatchObject({ code: "E_MEMORY" });
  await tight.close();
  const roomy = await openEngine(engineOptionsSchema.parse({ name: "onnx", threads: 1, memory: "0.5 GB" }));
  expect(roomy.description).toMatch(/, memory 0.5 GB$/);
  expect(await roomy.model(tinyModel)).toMatchObject({ disk: undefined, memoryBytes: 2 ** 29 });
  await roomy.close();
});

test("a folder that is no model is the model package's own error", async () => {
  const engine = await openEngine(engineOptionsSchema.parse({ name: "onnx" }));
  await expect(engine.model("/nowhere")).rejects.toMatchObject({ code: "E_MODEL_FILE" });
});
