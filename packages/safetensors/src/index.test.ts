import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

it("has these public names", async () => {
  expect(Object.keys(await import("./index.ts")).toSorted()).toEqual([
    "SafetensorsError",
    "deserialize",
    "dtypeBits",
    "dtypes",
    "fromFloat32",
    "isDtype",
    "isFloatDtype",
    "openBlob",
    "openUrl",
    "serialize",
    "toFloat32",
  ]);
  expect(Object.keys(await import("./node.ts")).toSorted()).toEqual([
    "openCheckpoint",
    "openSafetensors",
    "writeSafetensors",
  ]);
});

it("runs in a browser: nothing that index.ts reaches is Node's", () => {
  const reached = new Set<string>();
  const walk = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    const source = readFileSync(new URL(file, import.meta.url), "utf8");
    expect(source, file).not.toMatch(/["']node:|types="node"/);
    for (const [, next] of source.matchAll(/ from "(\.\/[^"]+)"/g)) walk(next!);
  };
  walk("./index.ts");
  expect(reached.size).toBeGreaterThan(10);
});

it("the README's example prints what the README says", () => {
  expect(new URL("../README.md", import.meta.url)).toRunItsExample();
});

it("the README lists every error code", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const source = readFileSync(new URL("errors.ts", import.meta.url), "utf8");
  const codes = source.match(/"E_\w+"/g)!.map((quoted) => quoted.slice(1, -1));
  expect(codes.filter((code) => !readme.includes(`\`${code}\``))).toEqual([]);
});
