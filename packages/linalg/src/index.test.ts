/// <reference types="node" />
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("exports these names", async () => {
  expect(Object.keys(await import("./index.ts")).sort()).toEqual([
    "LinalgError",
    "add",
    "columns",
    "eigenSymmetric",
    "electSigns",
    "electWithin",
    "explicitBasis",
    "firstNotFinite",
    "floatGram",
    "frobeniusNorm",
    "gram",
    "hcat",
    "identity",
    "implicitQr",
    "implicitSvd",
    "keepBelow",
    "matrix",
    "multiply",
    "polar",
    "principalAngles",
    "randomisedSvd",
    "rowProducts",
    "scale",
    "scaleColumns",
    "subtract",
    "svd",
    "thinQr",
    "transpose",
  ]);
});

it("the README's example prints what the README says", () => {
  expect(new URL("../README.md", import.meta.url)).toRunItsExample();
});

it("the README lists every error code", () => {
  const source = readFileSync(new URL("errors.ts", import.meta.url), "utf8");
  const codes = source.match(/"E_\w+"/g)!.map((quoted) => quoted.slice(1, -1));
  expect(codes.filter((code) => !readme.includes(`\`${code}\``))).toEqual([]);
});
