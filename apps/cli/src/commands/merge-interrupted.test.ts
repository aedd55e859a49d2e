import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import type { LoraModule } from "@prefdelta/lora";
import { saveAdapter } from "@prefdelta/lora/node";
import { createRandom, normal } from "@prefdelta/random";
import { afterAll, beforeAll, expect, test } from "vitest";

import { spawnPda } from "../__fixtures__/spawn-pda.ts";

const size = 1024;
let folder: string;
const at = (name: string): string => join(folder, name);

/** So many numbers that threads merge them, and take minutes. */
async function writeAdapter(name: string): Promise<void> {
  const random = createRandom(name);
  const factor = Float32Array.from({ length: 64 * size }, () => normal(random));
  const module = { A: factor, B: factor, rank: 64, inFeatures: size, outFeatures: size, scale: 0.01 };
  const modules = Array.from({ length: 200 }, (_, i): [string, LoraModule] => [`model.layers.${i}.q_proj`, module]);
  await saveAdapter(at(name), { modules: new Map(modules), baseModel: null, metadata: new Map() });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-merge-interrupted-"));
  for (const name of ["a", "b"]) await writeAdapter(name);
  await writeFile(at("sweep.yaml"), "methods: [ties, gam]\nscale: {search: [0.5, 1]}\n");
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ["a merge", ["--method", "ties"], /^\.out\..*\.tmp$/],
  ["a sweep", ["--config", "sweep.yaml"], /^out\.unfinished$/],
])("the first Ctrl-C ends %s while its threads are at work, and leaves nothing", async (_, more, begun) => {
  const before = (await readdir(folder)).toSorted();
  const args = more.map((one) => (one === "sweep.yaml" ? at(one) : one));
  const { child, ended } = spawnPda(["merge", at("a"), at("b"), "--out", at("out"), ...args]);
  while (!(await readdir(folder)).some((name) => begun.test(name))) await setTimeout(5);
  child.kill("SIGINT");
  const { code, stdout, stderr } = await ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  expect(stderr).toMatch(/\npda: the merge was stopped; nothing of it was kept \[E_INTERRUPTED\]\n$/);
  expect((await readdir(folder)).toSorted()).toEqual(before);
});
