import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, expect, test } from "vitest";

import { copyRun } from "../__fixtures__/copy-run.ts";
import { readRun } from "../read/read-run.ts";
import { openRunFolder } from "./open-run-folder.ts";

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "report folder "));
});
afterEach(() => rm(path, { recursive: true }));

test("the fixture is all that is read of a run: copied once more, it is the same", async () => {
  const fixture = fileURLToPath(new URL("../__fixtures__/tiny-run", import.meta.url));
  const copy = join(path, "copy");
  await copyRun(fixture, copy);
  const files = async (folder: string) =>
    (await readdir(folder, { recursive: true })).filter((name) => name.includes(".")).toSorted();
  expect(await files(copy)).toEqual(await files(fixture));
  expect(await readRun(openRunFolder(copy))).toEqual(await readRun(openRunFolder(fixture)));
});

test("reads texts and lists names; what is not there is nothing", async () => {
  await mkdir(join(path, "merge/sum"), { recursive: true });
  await writeFile(join(path, "merge/sum/report.json"), "λ");
  const folder = openRunFolder(`${path}//`);
  expect(folder.name).toBe(path);
  expect(await folder.read("merge/sum/report.json")).toBe("λ");
  expect(await folder.list("merge")).toEqual(["sum"]);
  expect(await folder.read("merge/gam/report.json")).toBeUndefined();
  expect(await folder.read("merge/sum/report.json/more")).toBeUndefined();
  expect(await folder.list("train")).toEqual([]);
  expect(await folder.list("merge/sum/report.json")).toEqual([]);
});

test("what is there and cannot be read is an error", async () => {
  await mkdir(join(path, "manifest.json"));
  await expect(openRunFolder(path).read("manifest.json")).rejects.toMatchObject({ code: "EISDIR" });
});

test("the root keeps its name", () => {
  expect(openRunFolder("/").name).toBe("/");
});
