import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

const url = new URL("../README.md", import.meta.url);
const readme = readFileSync(url, "utf8");

it("has these public names", async () => {
  expect(Object.keys(await import("./index.ts")).toSorted()).toEqual(["ReportError", "readRun", "renderReport"]);
  expect(Object.keys(await import("./node.ts")).toSorted()).toEqual(["openRunFolder"]);
});

it("the README's example prints what the README says", () => {
  expect(url).toRunItsExample({ "runs/tiny": fileURLToPath(new URL("__fixtures__/tiny-run", import.meta.url)) });
});

it("the README lists every public name, error code and state", () => {
  const names = ["ReportError", "readRun", "renderReport", "openRunFolder"];
  const states = ["done", "failed", "stopped", "outdated", "waiting"];
  for (const name of [...names, ...states, "E_RUN_FOLDER", "E_RUN_FILE"]) expect(readme).toContain(`\`${name}`);
});
