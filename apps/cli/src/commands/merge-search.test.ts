import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import type { LoraModule } from "@prefdelta/lora";
import { loadAdapter, saveAdapter } from "@prefdelta/lora/node";
import { createRandom, normal } from "@prefdelta/random";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";

const miniature = fileURLToPath(new URL("../../../../examples/miniature", import.meta.url));
const strong = join(miniature, "models/seed-1/strong");

let folder: string;
let noise: string;
let dev: string;
const at = (name: string): string => join(folder, name);

/** So much noise on a real model that it answers nothing, with either sign. */
async function writeNoise(path: string): Promise<void> {
  const text = await readFile(join(strong, "config.json"), "utf8");
  const config = JSON.parse(text) as Record<"hidden_size" | "intermediate_size" | "num_hidden_layers", number>;
  const { hidden_size: outFeatures, intermediate_size: inFeatures } = config;
  const random = createRandom("noise");
  const factor = (count: number) => Float32Array.from({ length: count }, () => normal(random));
  const modules = Array.from({ length: config.num_hidden_layers }, (_, layer): [string, LoraModule] => {
    const [A, B] = [factor(2 * inFeatures), factor(2 * outFeatures)];
    return [`model.layers.${layer}.mlp.down_proj`, { A, B, rank: 2, inFeatures, outFeatures, scale: 1 }];
  });
  await saveAdapter(path, { modules: new Map(modules), baseModel: null, metadata: new Map() });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-merge-search-"));
  [noise, dev] = [at("noise"), at("facts.jsonl")];
  await writeNoise(noise);
  const lines = (await readFile(join(miniature, "data/facts.dev.jsonl"), "utf8")).split("\n");
  await writeFile(dev, lines.slice(0, 32).join("\n"));
});
afterAll(() => rm(folder, { recursive: true }));

const scale = "{search: [1, -1, 0.001, 0.002], on: dev}";

interface Searched {
  readonly search: { scale: number; inside: boolean; trials: { scale: number; skills: object; average: number }[] };
  readonly report: { options: { scale: number } };
}

describe("pda merge with scale: {search, on: dev}", () => {
  test("writes the merge at the λ that is best on the dev items, and says where in the grid it lies", async () => {
    const args = ["merge", noise, "--scale", scale, "--base", strong, "--dev", dev, "--set", "method=iso_c"];
    const { code, stdout } = await runPda(...args, "--out", at("best"), "--json");
    expect(code).toBe(0);
    const { search, report } = JSON.parse(stdout) as Searched;
    expect(search).toMatchObject({ scale: 0.001, inside: true });
    expect(report.options.scale).toBe(0.001);
    expect(search.trials.map((trial) => trial.scale)).toEqual([-1, 0.001, 0.002, 1]);
    const [negative, best, , positive] = search.trials;
    expect(best!.average).toBeGreaterThan(0.1);
    expect([negative!.average, positive!.average]).toEqual([0, 0]);
    expect(best!.skills).toEqual({ facts: best!.average });
    // What is written is the merge at that λ, and what was answered on the way is gone.
    await runPda("merge", noise, "--method", "iso_c", "--scale", "0.001", "--out", at("plain"));
    const bytes = (name: string) => readFile(join(at(name), "adapter_model.safetensors"));
    expect(Buffer.compare(await bytes("best"), await bytes("plain"))).toBe(0);
    expect((await readdir(folder)).toSorted()).toEqual(["best", "facts.jsonl", "noise", "plain"]);
  });

  test("finds each method's λ, by a file whose paths begin at its folder", async () => {
    const settings = {
      methods: ["task_arithmetic", { method: "gam", gate: "none" }],
      scale: { search: [0.001, 1], on: "dev" },
      dev: { base: relative(folder, strong), items: ["facts.jsonl"], max_new_tokens: 32, batch_size: 16 },
    };
    await writeFile(at("merge.yaml"), JSON.stringify(settings));
    const { code, stdout } = await runPda("merge", noise, "--config", at("merge.yaml"), "--out", at("sweep"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^merge +λ +dev % +norm +norm kept +truncation lost\n/);
    expect(stdout).toContain("task_arithmetic: λ 0.001 of 0.001–1 on dev (");
    expect(stdout).toContain("at the edge of the grid, the best may lie beyond");
    expect((await readdir(at("sweep"))).toSorted()).toEqual(["gam", "report.json", "task_arithmetic"]);
    expect((await loadAdapter(join(at("sweep"), "gam"))).metadata.get("merge_scale")).toBe("0.001");
    const { merges } = JSON.parse(await readFile(join(at("sweep"), "report.json"), "utf8")) as { merges: object[] };
    expect(merges[0]).toMatchObject({ scale: 0.001, search: { inside: false, trials: [{}, {}] } });
  });

  test("adds the update at the best λ to the model, which is the base that answers", async () => {
    const args = ["merge", tinyAdapter, "--into-base", tinyModel, "--scale", "{search: [2, 1], on: dev}"];
    const { code, stdout } = await runPda(...args, "--dev", dev, "--out", at("model"), "--json");
    expect(code).toBe(0);
    // It answers nothing at either: of equals the smaller is taken.
    expect(JSON.parse(stdout)).toMatchObject({
      model: at("model"),
      search: { scale: 1 },
      changed: expect.any(Number) as number,
    });
    expect(await readdir(dirname(at("model")))).not.toContain("model.unfinished");
  });

  test("says what it needs, and refuses what goes with no search", async () => {
    const run = (...more: string[]) => runPda("merge", noise, "--out", at("none"), ...more);
    expect(await run("--scale", scale)).toMatchObject({
      code: 2,
      stderr:
        "pda: scale is to be searched on dev items [E_USAGE]\n" +
        "  --base: expected the model that the adapters belong to (or dev.base), found none\n" +
        "  --dev: expected files of items with answers (or dev.items), found none\n",
    });
    expect((await run("--base", strong, "--dev", dev, "--threads", "1")).stderr).toBe(
      "pda: no λ is searched [E_USAGE]\n" +
        ["base", "dev", "threads"].map((name) => `  --${name}: only with scale: {search: […], on: dev}\n`).join(""),
    );
    await writeFile(at("bad.yaml"), "method: gam\nscale: {search: [1], on: test}\ndev: {base: x}\n");
    const bad = await run("--config", at("bad.yaml"));
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain(`${at("bad.yaml")}:2:`);
    await writeFile(at("bad.yaml"), "method: gam\nscale: {search: [1]}\ndev: {base: x}\n");
    expect((await run("--config", at("bad.yaml"))).stderr).toContain(
      `${at("bad.yaml")}:3:1  dev: expected scale: {search: […], on: dev} beside it`,
    );
    await writeFile(at("open.jsonl"), '{"id": "1", "prompt": [{"role": "user", "content": "?"}]}\n');
    const open = await run("--scale", scale, "--base", strong, "--dev", at("open.jsonl"));
    expect(open.stderr).toContain("answers — expected at least one to mark by, found none");
    expect(await readdir(folder)).not.toContain("none");
  });
});
