import { expect, it } from "vitest";

it("exports these names", async () => {
  expect(Object.keys(await import("./index.ts")).sort()).toEqual([
    "LinalgError",
    "add",
    "columns",
    "eigenSymmetric",
    "frobeniusNorm",
    "hcat",
    "identity",
    "matrix",
    "multiply",
    "polar",
    "principalAngles",
    "scale",
    "scaleColumns",
    "subtract",
    "svd",
    "thinQr",
    "transpose",
  ]);
});
