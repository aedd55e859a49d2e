import { expect, it } from "vitest";

it("exports these names", async () => {
  expect(Object.keys(await import("./index.ts")).sort()).toEqual([
    "TfjsOnnxError",
    "compile",
    "createSession",
    "encodeModel",
    "float32",
    "int32",
    "integerForm",
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
