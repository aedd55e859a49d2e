import { expect, test } from "vitest";

import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { engineArguments, engineOptions } from "./engine-arguments.ts";
import { openEngine } from "./engine.ts";
import { parseArguments } from "../parse-arguments.ts";

test("an engine says what it runs on, and loads a model once", async () => {
  const engine = await openEngine({ name: "onnx", threads: 1, storage: "bf16" });
  expect(engine.description).toMatch(/^onnx .*weights in bf16$/);
  const lm = await engine.model(tinyModel);
  expect(await engine.model(tinyModel)).toBe(lm);
  await engine.close();
  expect(await engine.model(tinyModel)).not.toBe(lm);
  await engine.close();
});

test("a folder that is no model is the model package's own error", async () => {
  const engine = await openEngine({ name: "onnx" });
  await expect(engine.model("/nowhere")).rejects.toMatchObject({ code: "E_MODEL_FILE" });
});

const options = (...raw: string[]) => engineOptions(parseArguments(raw, engineArguments));

test("--runtime and --threads", () => {
  expect(options()).toEqual({ name: "auto", threads: undefined });
  expect(options("--runtime", "wasm", "--threads", "2")).toEqual({ name: "wasm", threads: 2 });
  expect(() => options("--runtime", "torch")).toThrow(
    "--runtime: expected auto, onnx, tensorflow, wasm, cpu, found torch",
  );
  expect(() => options("--threads", "0")).toThrow("--threads: expected a positive whole number, found 0");
});
