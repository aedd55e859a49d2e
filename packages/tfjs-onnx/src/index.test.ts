import { expect, it } from "vitest";

it("exports these names", async () => {
  expect(Object.keys(await import("./index.ts")).sort()).toEqual([
    "CHEAP_SUM",
    "TfjsOnnxError",
    "after",
    "compile",
    "createSession",
    "encodeModel",
    "float32",
    "int32",
    "integerForm",
    "offsetsOf",
    "recomputingGradients",
    "rmsNormalization",
    "rotaryEmbedding",
    "scalesOf",
    "trace",
    "transposedOf",
    "widenAfter",
  ]);
});

it("the README's example prints what the README says", () => {
  expect(new URL("../README.md", import.meta.url)).toRunItsExample();
});
