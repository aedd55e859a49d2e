import { mkdtemp, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { openFingerprints } from "./fingerprint.ts";
import { sha256 } from "./hash.ts";

let folder: string;
let cache: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-fingerprint-"));
  cache = join(folder, ".hashes.json");
});
afterEach(() => rm(folder, { recursive: true }));

test("a file's fingerprint is its SHA-256", async () => {
  await writeFile(join(folder, "a.jsonl"), "abc");
  const { file } = await openFingerprints(cache);
  expect(await file(join(folder, "a.jsonl"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("a folder's fingerprint follows names and bytes of what makes a model, and nothing else", async () => {
  const at = async (): Promise<string> => (await openFingerprints(cache)).folder(folder);
  await writeFile(join(folder, "config.json"), "{}");
  const one = await at();
  await writeFile(join(folder, "README.md"), "words");
  expect(await at()).toBe(one);
  await writeFile(join(folder, "model.safetensors"), "weights");
  const two = await at();
  expect(two).not.toBe(one);
  await rename(join(folder, "model.safetensors"), join(folder, "other.safetensors"));
  expect(await at()).not.toBe(two);
});

test("a file that did not change is not read again in a later run; one that did is", async () => {
  const path = join(folder, "weights.safetensors");
  await writeFile(path, "aaaa");
  const first = await openFingerprints(cache);
  await first.file(path);
  await first.save();
  await writeFile(cache, (await readFile(cache, "utf8")).replace(sha256("aaaa"), "remembered"));
  expect(await (await openFingerprints(cache)).file(path)).toBe("remembered");

  // Same size and the old time of modification, as a careless copy leaves it: the time of change still tells.
  const { atime, mtime } = await stat(path);
  await writeFile(path, "bbbb");
  await utimes(path, atime, mtime);
  expect(await (await openFingerprints(cache)).file(path)).toBe(sha256("bbbb"));
});

test("a broken cache is no cache, and an absent file is an error", async () => {
  await writeFile(cache, '{"x": 1, "y": [');
  await writeFile(join(folder, "a"), "abc");
  const { file } = await openFingerprints(cache);
  expect(await file(join(folder, "a"))).toBe(sha256("abc"));
  await expect(file(join(folder, "absent"))).rejects.toMatchObject({ code: "ENOENT" });
});
