import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deserialize } from "@prefdelta/safetensors";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Adapter } from "./adapter.ts";
import { deltaWeight } from "./delta-weight.ts";
import { loadAdapter } from "./load-adapter.ts";
import { saveAdapter } from "./save-adapter.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`__fixtures__/${name}`, import.meta.url));
const files = ["README.md", "adapter_config.json", "adapter_model.safetensors"];

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "save-")), "adapter");
});
afterEach(() => rm(join(folder, ".."), { recursive: true }));

const content = (path: string): Promise<Buffer[]> => Promise.all(files.map((file) => readFile(join(path, file))));

describe("the portable profile", () => {
  // `portable` is this call's result. `python tooling/peers/lora_golden.py --check` loads it with PEFT, which finds no
  // key missing or unexpected and the updates of `patterns`: run it again when this folder changes.
  it("of PEFT's adapter is, byte for byte, what PEFT was checked to read alike", async () => {
    await saveAdapter(folder, await loadAdapter(fixture("patterns")), { taskType: null });
    expect(await readdir(folder)).toEqual(files);
    expect(await content(folder)).toEqual(await content(fixture("portable")));
  });

  // The same for a Qwen3's adapter: PEFT gives the log-probs of `qwen3` with it.
  it("of an adapter with many settings is, byte for byte, what PEFT was checked to read alike", async () => {
    await saveAdapter(folder, await loadAdapter(fixture("qwen3")));
    expect(await content(folder)).toEqual(await content(fixture("qwen3-portable")));
  });

  it.each(["patterns", "plain", "rslora"])("keeps the updates of %s, at one rank and scale 1", async (name) => {
    const source = await loadAdapter(fixture(name));
    await saveAdapter(folder, source);
    const saved = await loadAdapter(folder);
    const rank = Math.max(...[...source.modules.values()].map((module) => module.rank));
    for (const [path, module] of saved.modules) {
      expect(module).toMatchObject({ rank, scale: 1 });
      // B·scale is rounded to float32 once.
      expect(deltaWeight(module)).toBeAllClose(deltaWeight(source.modules.get(path)!), { rtol: 1e-6, atol: 1e-6 });
      expect(module.A.subarray(0, source.modules.get(path)!.A.length)).toEqual(source.modules.get(path)!.A);
    }
    expect([...saved.modules.keys()]).toEqual([...source.modules.keys()]);
  });

  it("carries base model, provenance and dtype", async () => {
    const source = await loadAdapter(fixture("plain"));
    const adapter: Adapter = {
      ...source,
      baseModel: "org/base",
      metadata: new Map([
        ["seed", "3"],
        ["a0", "shared"],
      ]),
    };
    await saveAdapter(folder, adapter, { dtype: "BF16", card: { title: "Mine" } });
    const saved = await loadAdapter(folder);
    expect(saved.baseModel).toBe("org/base");
    expect(new Map(saved.metadata)).toEqual(
      new Map([
        ["a0", "shared"],
        ["format", "pt"],
        ["seed", "3"],
      ]),
    );
    const [readme, config, weights] = await content(folder);
    expect(readme!.toString()).toContain("# Mine\n");
    expect(JSON.parse(config!.toString())).toMatchObject({ task_type: "CAUSAL_LM" });
    expect([...deserialize(weights!).tensors.values()].every(({ dtype }) => dtype === "BF16")).toBe(true);
  });
});

describe("the profile peft", () => {
  const peft = { profile: "peft" } as const;

  // `--check` also loads `qwen3-kept` with PEFT, and compares its config with the one that PEFT wrote.
  it("keeps factors and every key of the config", async () => {
    await saveAdapter(folder, await loadAdapter(fixture("qwen3")), peft);
    expect(await content(folder)).toEqual(await content(fixture("qwen3-kept")));
    const [source, saved] = await Promise.all([loadAdapter(fixture("qwen3")), loadAdapter(folder)]);
    expect(saved.modules).toEqual(source.modules);
    expect(saved.config).toEqual({
      ...source.config,
      target_modules: (source.config!["target_modules"] as string[]).toSorted(),
    });
    expect(saved.config).toMatchObject({ lora_dropout: 0.05, invented_tomorrow: { x: [null, 1e-7] } });
  });

  it("keeps the order of patterns, since the first that fits wins", async () => {
    await saveAdapter(folder, await loadAdapter(fixture("patterns")), peft);
    const [source, saved] = await Promise.all([loadAdapter(fixture("patterns")), loadAdapter(folder)]);
    const order = ({ config }: Adapter): string[] => Object.keys(config!["rank_pattern"] as object);
    expect(order(saved)).toEqual(order(source));
    expect(saved.modules).toEqual(source.modules);
  });

  it("refuses an adapter that its config does not describe, module by module", async () => {
    const source = await loadAdapter(fixture("plain"));
    const [first, ...others] = [...source.modules];
    const [path, module] = first!;
    const changed = (one: typeof module): Adapter => ({ ...source, modules: new Map([[path, one], ...others]) });
    await expect(saveAdapter(folder, changed({ ...module, scale: 1 }), peft)).rejects.toMatchObject({
      code: "E_ADAPTER",
      problems: [`${path}: expected the config's scale 2, found 1; the portable profile can hold it`],
    });
    const { A, B, outFeatures } = module;
    const narrow = { ...module, rank: 1, A: A.slice(0, A.length / 4), B: B.slice(0, outFeatures) };
    await expect(saveAdapter(folder, changed(narrow), peft)).rejects.toThrow(/expected rank 4 \(r of the config\)/);
    const { config: _, ...bare } = source;
    await expect(saveAdapter(folder, bare, peft)).rejects.toThrow(/expected an adapter with the config/);
  });
});

describe("writing", () => {
  it("gives the same bytes for the same adapter in another order, and again after loading", async () => {
    const source = await loadAdapter(fixture("rslora"));
    const first = join(folder, "..", "first");
    await saveAdapter(first, {
      ...source,
      metadata: new Map([
        ["b", "2"],
        ["a", "1"],
      ]),
    });
    const shuffled = new Map([...source.modules].toReversed());
    await saveAdapter(folder, {
      ...source,
      modules: shuffled,
      metadata: new Map([
        ["a", "1"],
        ["b", "2"],
      ]),
    });
    expect(await content(folder)).toEqual(await content(first));
    await saveAdapter(folder, await loadAdapter(folder));
    expect(await content(folder)).toEqual(await content(first));
  });

  it("leaves the old folder when the new adapter is broken", async () => {
    const source = await loadAdapter(fixture("plain"));
    await saveAdapter(folder, source);
    const before = await content(folder);
    const [path, module] = [...source.modules][0]!;
    const broken = new Map([...source.modules, [path, { ...module, B: module.B.map(() => NaN) }]]);
    await expect(saveAdapter(folder, { ...source, modules: broken })).rejects.toMatchObject({ code: "E_ADAPTER" });
    expect(await content(folder)).toEqual(before);
    expect(await readdir(join(folder, ".."))).toEqual(["adapter"]);
  });
});
