import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clearLeftovers, siblingName } from "./siblings.ts";

let parent: string;
let target: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "siblings-"));
  target = join(parent, "adapter");
});
afterEach(() => rm(parent, { recursive: true }));

/** A name as a process that is gone gave it. */
async function deadName(of: string, kind: "tmp" | "old"): Promise<string> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return (await siblingName(of, kind)).replace(`.${process.pid}-`, `.${child.pid}-`);
}

async function folderOf(path: string, text: string): Promise<string> {
  await mkdir(path);
  await writeFile(join(path, "a.txt"), text);
  return path;
}

describe("clearLeftovers", () => {
  it("removes what a dead process had begun, file or folder, and what others hold stays", async () => {
    const own = await folderOf(await siblingName(target, "tmp"), "at work");
    const elsewhere = (await deadName(target, "tmp")).replace(/-[0-9a-f]{8}(-[0-9a-f]{8}\.tmp)$/, "-00000000$1");
    const others = [
      await folderOf(elsewhere, "another machine's"),
      await folderOf(await deadName(join(parent, "adapter.2"), "tmp"), "of another name"),
      await folderOf(join(parent, ".adapter.notes.tmp"), "somebody's"),
    ];
    await folderOf(await deadName(target, "tmp"), "half");
    await writeFile(await deadName(target, "tmp"), "half a file");
    await clearLeftovers(target);
    expect((await readdir(parent)).toSorted()).toEqual([own, ...others].map((path) => basename(path)).toSorted());
  });

  it("knows a process whose number another has taken", async ({ skip }) => {
    if (process.platform !== "linux") skip("the system does not say when a process began");
    const name = (await siblingName(target, "tmp")).replace(/\.(\d+)-\d+-/, ".$1-1-");
    await clearLeftovers(await folderOf(name, "half").then(() => target));
    expect(await readdir(parent)).toEqual([]);
  });

  it("gives back what had stepped aside when its process was killed between the two renames", async () => {
    await folderOf(await deadName(target, "old"), "whole");
    await folderOf(await deadName(target, "tmp"), "also whole, but nobody said so");
    await clearLeftovers(target);
    expect(await readdir(parent)).toEqual(["adapter"]);
    expect(await readFile(join(target, "a.txt"), "utf8")).toBe("whole");
  });

  it("removes what had stepped aside where the new one is in its place", async () => {
    await folderOf(target, "new");
    await folderOf(await deadName(target, "old"), "old");
    await clearLeftovers(target);
    expect(await readdir(parent)).toEqual(["adapter"]);
    expect(await readFile(join(target, "a.txt"), "utf8")).toBe("new");
  });

  it("has nothing to do where there is no folder yet", async () => {
    await expect(clearLeftovers(join(parent, "x", "adapter"))).resolves.toBeUndefined();
  });
});
