import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("has these public names", async () => {
  expect(Object.keys(await import("./index.ts")).toSorted()).toEqual([
    "MergeError",
    "inspectAdapters",
    "mergeAdapters",
    "mergeMethods",
    "mergeOptionsSchema",
    "mergekitSchema",
    "scaleDelta",
  ]);
  expect(Object.keys(await import("./node.ts")).toSorted()).toEqual([
    "inspectFolders",
    "mergeFolders",
    "mergeFoldersEach",
    "mergeFoldersIntoBase",
  ]);
});

it("the README's example prints what the README says", () => {
  const [, example, output] = /```ts\n(.*?)```\n+```text\n(.*?)```/s.exec(readme)!;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@prefdelta/source", "--input-type=module-typescript", "--eval", example!],
    { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" },
  );
  expect(stdout, stderr).toBe(output);
});

it("the README lists every error code", () => {
  const source = readFileSync(new URL("errors.ts", import.meta.url), "utf8");
  const codes = source.match(/"E_\w+"/g)!.map((quoted) => quoted.slice(1, -1));
  expect(codes.filter((code) => !readme.includes(`\`${code}\``))).toEqual([]);
});
