import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { truncateSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { deserialize, fromFloat32, toFloat32 } from "@prefdelta/safetensors";
import type { TensorView } from "@prefdelta/safetensors";
import { openCheckpoint, writeSafetensors } from "@prefdelta/safetensors/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tinyQwen3 } from "./__fixtures__/tiny-base-gguf.ts";
import type { Adapter } from "./adapter.ts";
import { loadAdapter } from "./load-adapter.ts";
import { modulesInBase } from "./into-base/modules-in-base.ts";
import { mergeIntoBase } from "./merge-into-base.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`__fixtures__/${name}`, import.meta.url));

let folder: string;
let base: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "into-base-"));
  [base, out] = [join(folder, "base"), join(folder, "out")];
});
afterEach(() => rm(folder, { recursive: true }));

const shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;

/** tiny-qwen3 in BF16, one layer a shard. */
async function writeBase(): Promise<Map<string, TensorView>> {
  const { tensors } = deserialize(await readFile(join(tinyQwen3, "model.safetensors")));
  const rounded = new Map(
    [...tensors].map(([name, view]) => [name, fromFloat32(toFloat32(view), { dtype: "BF16", shape: view.shape })]),
  );
  const shardOf = (name: string): string => shards[name.includes("layers.1") ? 1 : 0];
  await mkdir(base);
  for (const shard of shards) {
    const own = [...rounded].filter(([name]) => shardOf(name) === shard);
    await writeSafetensors(join(base, shard), own, [["format", "pt"]]);
  }
  const weight_map = Object.fromEntries([...rounded.keys()].map((name) => [name, shardOf(name)]));
  await writeFile(join(base, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map }));
  await writeFile(join(base, "config.json"), '{"model_type": "qwen3"}\n');
  await writeFile(join(base, "pytorch_model.bin"), "other weights");
  return rounded;
}

async function readAll(path: string): Promise<Map<string, TensorView>> {
  const checkpoint = await openCheckpoint(path);
  const all = new Map<string, TensorView>();
  for (const name of checkpoint.names) all.set(name, await checkpoint.read(name));
  await checkpoint.close();
  return all;
}

describe("mergeIntoBase", () => {
  it("gives torch's sums in BF16, and every other tensor as it was", async () => {
    const before = await writeBase();
    const adapter = await loadAdapter(fixture("qwen3"));
    const seen: string[] = [];
    const result = await mergeIntoBase(out, adapter, { base, onTensor: ({ name }) => seen.push(name) });
    expect(result).toMatchObject({ tensors: before.size, changed: 13 });
    expect(seen.toSorted()).toEqual([...before.keys()].toSorted());
    // Made by tooling/peers/lora_golden.py.
    const golden = deserialize(await readFile(join(fixture("qwen3"), "merged_bf16.safetensors"))).tensors;
    expect(golden.size).toBe(13);
    for (const [name, { dtype, shape, bytes }] of await readAll(out)) {
      const expected = golden.get(name) ?? before.get(name)!;
      expect([dtype, shape]).toEqual([expected.dtype, expected.shape]);
      expect(Buffer.compare(bytes, expected.bytes), name).toBe(0);
    }
  });

  it("keeps shards, index and config, and leaves other weights behind", async () => {
    await writeBase();
    const adapter = { ...(await loadAdapter(fixture("qwen3"))), metadata: new Map([["merge_method", "gam"]]) };
    const { files } = await mergeIntoBase(out, adapter, { base });
    expect((await readdir(out)).toSorted()).toEqual([...files].toSorted());
    expect(files).toEqual(["config.json", "README.md", ...shards, "model.safetensors.index.json"]);
    const text = (path: string) => readFile(path, "utf8");
    for (const name of ["config.json", "model.safetensors.index.json"]) {
      expect(await text(join(out, name))).toBe(await text(join(base, name)));
    }
    expect(await text(join(out, "README.md"))).toContain("library_name: transformers\n");
    const { metadata } = deserialize(await readFile(join(out, shards[1])));
    expect(Object.fromEntries(metadata)).toEqual({ format: "pt", merge_method: "gam" });
  });

  it("writes the same bytes again, in place of the folder that is there", async () => {
    await writeBase();
    const adapter = await loadAdapter(fixture("qwen3"));
    await mergeIntoBase(out, adapter, { base });
    const first = await readFile(join(out, shards[0]));
    await mergeIntoBase(out, adapter, { base });
    expect(Buffer.compare(await readFile(join(out, shards[0])), first)).toBe(0);
  });

  it("asks for a module when its tensor is written, and for one after the other", async () => {
    await writeBase();
    const { modules, ...adapter } = await loadAdapter(fixture("qwen3"));
    await mergeIntoBase(join(folder, "whole"), { ...adapter, modules }, { base });
    const events: string[] = [];
    const read = async (path: string) => {
      events.push(path);
      return modules.get(path)!;
    };
    const source = { ...adapter, modules, read };
    await mergeIntoBase(out, source, { base, onTensor: ({ name }) => events.push(name) });
    const written = events.filter((event) => event.endsWith(".weight"));
    expect(events).toEqual(
      written.flatMap((name) => (modules.has(name.slice(0, -7)) ? [name, name.slice(0, -7)] : [name])),
    );
    expect(events.filter((event) => modules.has(event))).toEqual(await modulesInBase(base, modules));
    for (const name of await readdir(out))
      if (name !== "README.md")
        expect(Buffer.compare(await readFile(join(out, name)), await readFile(join(folder, "whole", name)))).toBe(0);
  });

  it("takes a model in one file", async () => {
    const adapter = await loadAdapter(fixture("qwen3"));
    const { files } = await mergeIntoBase(out, adapter, { base: tinyQwen3 });
    expect(files).toContain("model.safetensors");
    expect(files).not.toContain("model.safetensors.index.json");
    expect([...(await readAll(out)).values()].every(({ dtype }) => dtype === "F32")).toBe(true);
  });
});

describe("refusals, with nothing under the final name", () => {
  const nothingLeft = async (): Promise<void> => expect(await readdir(folder)).toEqual(["base"]);

  it("of modules that do not fit, all of them", async () => {
    await writeBase();
    const adapter = await loadAdapter(fixture("qwen3"));
    const [first] = adapter.modules.values();
    const modules = new Map([...adapter.modules, ["model.layers.9.q", first!], ["model.layers.1.mlp.up_proj", first!]]);
    await expect(mergeIntoBase(out, { ...adapter, modules }, { base })).rejects.toMatchObject({
      code: "E_BASE",
      problems: [
        expect.stringContaining("model.layers.9.q: expected a linear layer") as string,
        expect.stringContaining("model.layers.1.mlp.up_proj: expected an update of 64×40") as string,
      ],
    });
    await nothingLeft();
  });

  it("of a weight that cannot be added to, by tensor and dtype", async () => {
    await mkdir(base);
    const weight: TensorView = { dtype: "F8_E4M3", shape: [2, 2], bytes: new Uint8Array(4) };
    await writeSafetensors(join(base, "model.safetensors"), [["a.q.weight", weight]]);
    const q = { A: new Float32Array(2), B: new Float32Array(2), rank: 1, inFeatures: 2, outFeatures: 2, scale: 1 };
    const adapter: Adapter = { modules: new Map([["a.q", q]]), baseModel: null, metadata: new Map() };
    await expect(mergeIntoBase(out, adapter, { base })).rejects.toMatchObject({
      code: "E_BASE",
      problems: ["a.q.weight: expected F32, F16 or BF16 to add to, found F8_E4M3"],
    });
    await nothingLeft();
  });

  it("of a module that cannot be made, as its maker says, and of one that is not wanted any more", async () => {
    await writeBase();
    const adapter = await loadAdapter(fixture("qwen3"));
    const lost = new RangeError("lost");
    const broken = { ...adapter, read: () => Promise.reject(lost) };
    await expect(mergeIntoBase(out, broken, { base })).rejects.toBe(lost);
    await nothingLeft();
    const controller = new AbortController();
    const onTensor = ({ place }: { place: number }): void => (place === 3 ? controller.abort(lost) : undefined);
    await expect(mergeIntoBase(out, adapter, { base, onTensor, signal: controller.signal })).rejects.toBe(lost);
    await nothingLeft();
  });

  it("of sums that are not finite, by tensor", async () => {
    await writeBase();
    const adapter = await loadAdapter(fixture("qwen3"));
    const name = "model.layers.1.mlp.down_proj";
    const modules = new Map([...adapter.modules, [name, { ...adapter.modules.get(name)!, scale: Infinity }]]);
    await expect(mergeIntoBase(out, { ...adapter, modules }, { base })).rejects.toMatchObject({
      code: "E_ADAPTER",
      problems: [
        expect.stringMatching(/^model\.layers\.1\.mlp\.down_proj\.weight: expected finite sums in BF16/) as string,
      ],
    });
    await nothingLeft();
  });

  it("of a shard that is cut short while it is read, by file and tensor", async () => {
    await writeBase();
    const adapter = await loadAdapter(fixture("qwen3"));
    // Its header was read long before, when the first shard is written.
    const onTensor = ({ place }: { place: number }): void => {
      if (place === 1) truncateSync(join(base, shards[1]), 2000);
    };
    const merged = mergeIntoBase(out, adapter, { base, onTensor });
    await expect(merged).rejects.toMatchObject({
      code: "E_TRUNCATED",
      file: join(base, shards[1]),
      tensor: expect.stringMatching(/^model\.layers\.1\./) as string,
    });
    await nothingLeft();
  });
});

it(
  "killed midway leaves nothing under the final name, and the next run clears it away",
  { timeout: 120_000 },
  async () => {
    const script = fileURLToPath(new URL("__fixtures__/measure-into-base.ts", import.meta.url));
    const run = () => spawn(process.execPath, ["--conditions=@prefdelta/source", script, folder]);
    const unfinished = async (): Promise<string[]> =>
      (await readdir(folder)).filter((name) => /^\.merged\..*\.tmp$/.test(name));
    for (const after of [0, 10, 30]) {
      const child = run();
      // Each clears what the one before left: then there is another.
      const before = await unfinished();
      while (!(await unfinished()).some((name) => !before.includes(name))) await setTimeout(1);
      await setTimeout(after);
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(await readdir(folder)).not.toContain("merged");
      expect(await unfinished()).toHaveLength(1);
      await rm(join(folder, "large"), { recursive: true });
    }
    const [code] = (await once(run(), "exit")) as [number];
    expect(code).toBe(0);
    expect((await readdir(folder)).toSorted()).toEqual(["large", "merged"]);
    expect((await readdir(join(folder, "merged"))).toSorted()).toEqual(["README.md", "model.safetensors"]);
  },
);

it(
  "needs memory for rows, not for the model: 192 MB of weights in 100 MB above an idle process",
  { timeout: 120_000 },
  async () => {
    const script = fileURLToPath(new URL("__fixtures__/measure-into-base.ts", import.meta.url));
    const run = spawnSync(process.execPath, ["--conditions=@prefdelta/source", script, folder], { encoding: "utf8" });
    const { idle, peak, weights } = JSON.parse(run.stdout || JSON.stringify({ error: run.stderr })) as Record<
      string,
      number
    >;
    expect(weights).toBe(192 * 2 ** 20);
    // Measured: 80 MB, most of it buffers that wait to be collected; it does not grow with the model.
    expect(peak! - idle!).toBeLessThan(100 * 2 ** 20);
  },
);
