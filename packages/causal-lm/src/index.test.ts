import { expect, it } from "vitest";

it("exports these names", async () => {
  expect(Object.keys(await import("./index.ts")).sort()).toEqual([
    "CausalLmError",
    "adaptableModules",
    "adapterFromLora",
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
    "rotaryAngles",
    "score",
    "tokenLogProbs",
    "weightShapes",
  ]);
});
