import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import type { LoraModule } from "@prefdelta/lora";
import { saveAdapter } from "@prefdelta/lora/node";
import { createRandom, normal } from "@prefdelta/random";
import { afterAll, beforeAll, expect, test } from "vitest";

import { spawnPda } from "../__fixtures__/spawn-pda.ts";
import { sha256 } from "../files/hash.ts";
import { listFiles } from "../files/list-files.ts";

const paths = Array.from({ length: 24 }, (_, layer) => `model.layers.${layer}.self_attn.q_proj`);
const size = 512;

let folder: string;
const at = (name: string): string => join(folder, name);

/** Enough modules that a merge takes longer than its process needs to begin. */
async function writeAdapter(name: string): Promise<void> {
  const random = createRandom(name);
  const factor = () => Float32Array.from({ length: 16 * size }, () => normal(random));
  const modules = paths.map((path): [string, LoraModule] => [
    path,
    { A: factor(), B: factor(), rank: 16, inFeatures: size, outFeatures: size, scale: 0.01 },
  ]);
  await saveAdapter(at(name), { modules: new Map(modules), baseModel: null, metadata: new Map() });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-merge-killed-"));
  await Promise.all(["a", "b"].map(writeAdapter));
  await writeFile(at("sweep.yaml"), "methods: [task_arithmetic, gam]\nscale: {search: [0.5, 1]}\n");
});
afterAll(() => rm(folder, { recursive: true }));

/** Every file of a folder by its bytes' hash; null where there is none. */
async function contents(path: string): Promise<Record<string, string> | null> {
  const files = await listFiles(path).catch(() => null);
  if (files === null) return null;
  const hashes: Record<string, string> = {};
  for (const file of files) hashes[file] = sha256(await readFile(join(path, file)));
  return hashes;
}

test.each<[string, readonly string[]]>([
  ["a merge module by module", ["--method", "gam"]],
  ["a merge in memory", ["--method", "linear"]],
  ["a sweep", ["--config", "sweep.yaml"]],
])("%s that is killed again and again leaves nothing or all, and ends as if it had not been", async (name, more) => {
  const here = at(name.replaceAll(/\W+/g, "-"));
  await mkdir(here);
  const out = join(here, "out");
  const config = more.map((one) => (one === "sweep.yaml" ? at(one) : one));
  const run = () => spawnPda(["merge", at("a"), at("b"), "--out", out, "--quiet", ...config]);

  const begun = performance.now();
  expect((await run().ended).code).toBe(0);
  const duration = performance.now() - begun;
  const whole = await contents(out);
  expect(Object.keys(whole!).length).toBeGreaterThanOrEqual(3);
  await rm(out, { recursive: true });

  const random = createRandom(name);
  let killed = 0;
  for (let kill = 0; kill < 5; kill++) {
    const { child, ended } = run();
    // More often in the work than in the beginning of its process.
    await setTimeout((0.3 + 0.7 * random.next()) * duration);
    child.kill("SIGKILL");
    if ((await ended).code === null) killed++;
    const found = await contents(out);
    if (found === null) continue;
    expect(found).toEqual(whole);
    await rm(out, { recursive: true });
  }
  expect(killed).toBeGreaterThan(0);
  const last = await run().ended;
  expect(last).toMatchObject({ code: 0, stderr: "" });
  expect(await contents(out)).toEqual(whole);
  expect(await readdir(here)).toEqual(["out"]);
});
