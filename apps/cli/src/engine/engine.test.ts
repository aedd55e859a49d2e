import { generate } from "@prefdelta/causal-lm";
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

test("an answer that its memory does not hold is warned of once, with what it needs and what is left, and written all the same", async () => {
  const lines: string[] = [];
  const options = engineOptionsSchema.parse({ name: "onnx", threads: 1, memory: "0.5 GB" });
  const engine = await openEngine(options, { line: (text) => lines.push(text) });
  const lm = await engine.model(tinyModel);
  const prompts = ["Who?", "Where?"].map((text) => lm.tokenizer.encode(text));
  const any = Array.from({ length: lm.config.vocabSize }, (_, id) => id);
  expect(await generate(lm, prompts, { maxNewTokens: 8, stopIds: any })).toHaveLength(2);
  expect(lines).toEqual([]);
  // Room for answers of so many tokens would take gigabytes; the first token ends these.
  const answers = await generate(lm, prompts, { maxNewTokens: 2_000_000_000, stopIds: any });
  expect(answers.map(({ ids }) => ids.length)).toEqual([1, 1]);
  expect(lines).toHaveLength(1);
  const [, needed, left] = /^warning: a single row takes some (\d+)MB, and --memory leaves (\d+)MB beside/.exec(
    lines[0]!,
  )!;
  expect(Number(left)).toBeLessThan(512);
  expect(Number(needed)).toBeGreaterThan(Number(left));
  await engine.close();
});

test("a folder that is no model is the model package's own error", async () => {
  const engine = await openEngine(engineOptionsSchema.parse({ name: "onnx" }));
  await expect(engine.model("/nowhere")).rejects.toMatchObject({ code: "E_MODEL_FILE" });
});
