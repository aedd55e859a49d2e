/// <reference types="node" />
import { expect, it } from "vitest";

it("exports these names", async () => {
  expect(Object.keys(await import("./index.ts")).sort()).toEqual([
    "choice",
    "createRandom",
    "integer",
    "normal",
    "sample",
    "shuffle",
  ]);
});

it("the README's example prints what the README says", () => {
  expect(new URL("../README.md", import.meta.url)).toRunItsExample();
});
