import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoraError } from "@prefdelta/lora";
import { mergeIntoBase, loadAdapter, saveAdapter } from "@prefdelta/lora/node";
import { fromFloat32 } from "@prefdelta/safetensors";
import { writeSafetensors } from "@prefdelta/safetensors/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adapterOf, relatedModules } from "../__fixtures__/make-modules.ts";
import { mergeAdapters } from "../merge-adapters.ts";
import type { MergeOptions } from "../merge-options.ts";
import { mergeFoldersIntoBase } from "./merge-folders-into-base.ts";

let folder: string;
let folders: string[];
const at = (name: string): string => join(folder, name);
const paths = Array.from({ length: 4 }, (_, i) => `model.layers.${i}.q_proj`);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merge-folders-into-base-"));
  folders = [at("a"), at("b")];
  for (const [i, path] of folders.entries()) {
    const modules = paths.map((name, layer) => [name, relatedModules(layer)[i]!] as const);
    await saveAdapter(path, adapterOf(Object.fromEntries(modules)));
  }
  await mkdir(at("base"));
  const values = Float32Array.from({ length: 24 * 20 }, (_, i) => Math.sin(i));
  const weight = fromFloat32(values, { dtype: "BF16", shape: [24, 20] });
  const tensors = [...paths, "model.other"].map((path) => [`${path}.weight`, weight] as const);
  await writeSafetensors(join(at("base"), "model.safetensors"), tensors);
});
afterEach(() => rm(folder, { recursive: true }));

describe("mergeFoldersIntoBase", () => {
  it.each<MergeOptions>([
    { method: "task_arithmetic", scale: 0.3 },
    { method: "knots", rank: 2, scale: -1 },
  ])("gives the bytes and the report of merging in memory, for any number of threads: %j", async (options) => {
    const adapters = await Promise.all(folders.map((path) => loadAdapter(path)));
    const whole = mergeAdapters(adapters, options, { names: folders });
    const base = at("base");
    await mergeIntoBase(at("whole"), whole.adapter, { base, title: "one" });
    for (const threads of [1, 2]) {
      const seen: string[] = [];
      const onTensor = ({ name }: { name: string }): unknown => seen.push(name);
      const settings = { out: at("out"), base, title: "one", threads, onTensor };
      const { report, model } = await mergeFoldersIntoBase(folders, options, settings);
      expect(report).toEqual(whole.report);
      expect(model).toMatchObject({ tensors: 5, changed: 4 });
      expect(seen).toHaveLength(5);
      for (const name of await readdir(at("whole")))
        expect(await readFile(join(at("out"), name)), name).toEqual(await readFile(join(at("whole"), name)));
    }
  });

  it.each([1, 2])("names the tensor whose sums are not finite, and leaves nothing, threads %d", async (threads) => {
    const merged = mergeFoldersIntoBase(
      folders,
      { method: "task_arithmetic", scale: 1e38 },
      { out: at("out"), base: at("base"), threads },
    );
    await expect(merged).rejects.toBeInstanceOf(LoraError);
    await expect(merged).rejects.toMatchObject({ code: "E_ADAPTER" });
    await expect(merged).rejects.toThrow(
      /^model\.layers\.\d\.q_proj\.weight: expected finite sums in BF16, found \d+ that are not$/,
    );
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b", "base"]);
  });

  it("refuses a base that lacks a layer before anything is merged, and leaves nothing", async () => {
    const other = adapterOf({ "model.layers.9.q_proj": relatedModules(9)[0]! });
    await saveAdapter(at("b"), other);
    const merged = mergeFoldersIntoBase(folders, { method: "gam" }, { out: at("out"), base: at("base") });
    await expect(merged).rejects.toMatchObject({ code: "E_BASE" });
    await expect(merged).rejects.toThrow("model.layers.9.q_proj: expected a linear layer of the base");
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b", "base"]);
  });
});
