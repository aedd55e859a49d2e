import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeDurably } from "./write-durably.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "write-durably-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("replaces a file and leaves nothing beside it", async () => {
  for (const text of ["first, and longer", "second"]) await writeDurably(join(folder, "a.json"), text);
  expect(await readdir(folder)).toEqual(["a.json"]);
  expect(await readFile(join(folder, "a.json"), "utf8")).toBe("second");
});

it("leaves nothing behind where it cannot write", async () => {
  await mkdir(join(folder, "taken"));
  await expect(writeDurably(join(folder, "taken"), "text")).rejects.toMatchObject({ syscall: "rename" });
  expect(await readdir(folder)).toEqual(["taken"]);
});
