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
  const taken = join(folder, "taken");
  await expect(writeAtomic(taken, "x")).rejects.toMatchObject({
    code: "E_WRITE",
    message: expect.stringMatching(/^\S+taken: expected to write the file, found (EISDIR|ENOTEMPTY|EEXIST)/) as string,
  });
  expect(await readdir(folder)).toEqual(["taken"]);
  const below = join(folder, "file", "x");
  await writeAtomic(join(folder, "file"), "a file, where a folder is wanted");
  await expect(writeAtomic(below, "x")).rejects.toThrow(`${below}: expected to write the file, found E`);
});
