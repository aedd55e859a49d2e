import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { writeAtomic } from "./write-atomic.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a file is written, folders included, and replaced whole", async () => {
  const path = join(folder, "a", "b", "table.json");
  await writeAtomic(path, "one");
  await writeAtomic(path, new TextEncoder().encode("two"));
  expect(await readFile(path, "utf8")).toBe("two");
  expect(await readdir(join(folder, "a", "b"))).toEqual(["table.json"]);
});

test("a write that fails leaves nothing under the name or beside it", async () => {
  await mkdir(join(folder, "taken", "inside"), { recursive: true });
  await expect(writeAtomic(join(folder, "taken"), "x")).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(await readdir(folder)).toEqual(["taken"]);
});
