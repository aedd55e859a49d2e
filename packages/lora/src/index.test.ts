import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("has these public names", async () => {
  expect(Object.keys(await import("./index.ts")).toSorted()).toEqual([
    "LoraError",
    "assertFitsBase",
    "checkAgainstBase",
    "deltaWeight",
    "fromThinSvd",
    "initialFactor",
    "loraScale",
    "productSvd",
    "thinSvd",
  ]);
  expect(Object.keys(await import("./node.ts")).toSorted()).toEqual([
    "encodeModule",
    "engineNames",
    "exportGguf",
    "fileOrder",
    "isGone",
    "lintAdapter",
    "loadAdapter",
    "mergeIntoBase",
    "modulesInBase",
    "openAdapter",
    "openBaseWeights",
    "ownMark",
    "portableRank",
    "saveAdapter",
    "streamAdapter",
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
