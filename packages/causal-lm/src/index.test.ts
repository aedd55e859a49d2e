import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("exports these names", async () => {
  expect(Object.keys(await import("./index.ts")).sort()).toEqual([
    "CausalLmError",
    "adaptableModules",
    "adapterFromLora",
    "assertMultipliesRight",
    "checkModelFolder",
    "createCausalLm",
    "createLossStep",
    "createRuntime",
    "decoder",
    "finalNorm",
    "generate",
    "initLora",
    "loadCausalLm",
    "loadTokenizer",
    "loraFromAdapter",
    "parseModelConfig",
    "productRate",
    "rotaryAngles",
    "score",
    "tokenLogProbs",
    "trainingMemory",
    "weightShapes",
    "withMagnitudes",
  ]);
});

it("the README's example runs", () => {
  const tiny = fileURLToPath(new URL("__fixtures__/tiny-qwen3", import.meta.url));
  expect(new URL("../README.md", import.meta.url)).toRunItsExample({ "path/to/Qwen3-0.6B": tiny });
});
