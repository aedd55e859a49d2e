import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { takeRunLock } from "./run-lock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("the lock is held, refuses a second run, and leaves nothing behind", async () => {
  const lock = await takeRunLock(folder);
  expect(lock.stale).toBe(false);
  await expect(takeRunLock(folder)).rejects.toMatchObject({
    code: "E_LOCKED",
    message: expect.stringContaining(`process ${process.pid} on ${hostname()}`),
  });
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  await (await takeRunLock(folder)).release();
});

test("a lock whose process is gone is taken over", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  await writeFile(join(folder, ".lock"), JSON.stringify({ pid: child.pid, host: hostname(), began: null }));
  const lock = await takeRunLock(folder);
  expect(lock.stale).toBe(true);
  expect(JSON.parse(await readFile(join(folder, ".lock"), "utf8"))).toMatchObject({ pid: process.pid });
});

test("a lock whose number now belongs to another process is taken over", async ({ skip }) => {
  if (process.platform !== "linux") skip();
  await writeFile(join(folder, ".lock"), JSON.stringify({ pid: process.pid, host: hostname(), began: "1" }));
  expect((await takeRunLock(folder)).stale).toBe(true);
});

test("an unreadable lock is taken over, one of another machine is respected", async () => {
  await writeFile(join(folder, ".lock"), "{");
  const lock = await takeRunLock(folder);
  expect(lock.stale).toBe(true);
  await lock.release();
  await writeFile(join(folder, ".lock"), JSON.stringify({ pid: 1, host: "elsewhere", began: null }));
  await expect(takeRunLock(folder)).rejects.toMatchObject({ code: "E_LOCKED" });
});

test("of many runs that find the same stale lock, one gets it", async () => {
  await writeFile(join(folder, ".lock"), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), began: null }));
  const program = `
    const { takeRunLock } = await import(${JSON.stringify(new URL("./run-lock.ts", import.meta.url).href)});
    try { await takeRunLock(process.argv[1]); console.log("mine"); setTimeout(() => {}, 60_000) }
    catch (error) { console.log(error.code) }`;
  const source = ["--conditions=@prefdelta/source", "--no-warnings"];
  const children = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, [...source, "--input-type=module", "-e", program, folder]);
    child.stdout.setEncoding("utf8");
    return child;
  });
  const answers = await Promise.all(
    children.map(async (child) => String((await once(child.stdout, "data"))[0]).trim()),
  );
  for (const child of children) child.kill("SIGKILL");
  expect(answers.toSorted()).toEqual(["E_LOCKED", "E_LOCKED", "E_LOCKED", "mine"]);
});
