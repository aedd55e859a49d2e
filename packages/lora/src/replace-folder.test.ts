import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replaceFolder } from "./replace-folder.ts";

let parent: string;
let target: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "replace-"));
  target = join(parent, "adapter");
});
afterEach(() => rm(parent, { recursive: true }));

const writing =
  (text: string) =>
  (temporary: string): Promise<void> =>
    writeFile(join(temporary, "a.txt"), text);

describe("replaceFolder", () => {
  it("makes a new folder, with the parents it needs, and leaves no other", async () => {
    const deep = join(parent, "x", "y", "adapter");
    await replaceFolder(deep, ["a.txt"], writing("new"));
    expect(await readFile(join(deep, "a.txt"), "utf8")).toBe("new");
    expect(await readdir(join(parent, "x", "y"))).toEqual(["adapter"]);
  });

  it("shows nothing under the name while it writes", async () => {
    await replaceFolder(target, ["a.txt"], async (temporary) => {
      await writing("new")(temporary);
      expect(await readdir(parent)).not.toContain("adapter");
    });
    expect(await readdir(parent)).toEqual(["adapter"]);
  });

  it("replaces its own files whole: none of the old remain", async () => {
    await mkdir(target);
    await writeFile(join(target, "a.txt"), "old");
    await writeFile(join(target, "b.txt"), "old");
    await replaceFolder(target, ["a.txt", "b.txt"], writing("new"));
    expect(await readdir(target)).toEqual(["a.txt"]);
    expect(await readFile(join(target, "a.txt"), "utf8")).toBe("new");
    expect(await readdir(parent)).toEqual(["adapter"]);
  });

  it("keeps the old folder when writing fails, and cleans up", async () => {
    await mkdir(target);
    await writeFile(join(target, "a.txt"), "old");
    const failing = async (temporary: string): Promise<void> => {
      await writing("half")(temporary);
      throw new Error("disk full");
    };
    await expect(replaceFolder(target, ["a.txt"], failing)).rejects.toMatchObject({
      code: "E_WRITE",
      message: `${target}: expected to write the folder, found: disk full`,
    });
    expect(await readFile(join(target, "a.txt"), "utf8")).toBe("old");
    expect(await readdir(parent)).toEqual(["adapter"]);
  });

  it("does not touch a folder that holds anything else", async () => {
    await mkdir(target);
    await writeFile(join(target, "thesis.txt"), "mine");
    await expect(replaceFolder(target, ["a.txt"], writing("new"))).rejects.toMatchObject({
      code: "E_FOLDER",
      message: `${target}: expected a new folder, or one with only a.txt, found thesis.txt`,
    });
    expect(await readdir(target)).toEqual(["thesis.txt"]);
    expect(await readdir(parent)).toEqual(["adapter"]);
  });

  it("does not replace a file", async () => {
    await writeFile(target, "mine");
    await expect(replaceFolder(target, ["a.txt"], writing("new"))).rejects.toMatchObject({ code: "E_FOLDER" });
    expect(await readFile(target, "utf8")).toBe("mine");
  });
});
