import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deserialize, fromFloat32, toFloat32 } from "@prefdelta/safetensors";
import { writeSafetensors } from "@prefdelta/safetensors/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deltaWeight } from "./delta-weight.ts";
import { loadAdapter } from "./load-adapter.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`__fixtures__/${name}`, import.meta.url));

/** Adapters saved by PEFT with each layer's update as PEFT computes it; made by tooling/peers/lora_golden.py. */
describe.each([
  ["patterns", "F32", { "model.layers.0.mlp.down_proj": [2, 3.5], "model.layers.0.self_attn.q_proj": [1, 5] }],
  ["plain", "BF16", { "model.layers.0.mlp.down_proj": [4, 2], "model.layers.1.self_attn.q_proj": [4, 2] }],
  ["rslora", "F16", { "model.layers.1.self_attn.v_proj": [3, 6 / Math.sqrt(3)] }],
] as const)("PEFT's %s adapter (%s)", (name, dtype, expected) => {
  it("has PEFT's updates", async () => {
    const adapter = await loadAdapter(fixture(name));
    const golden = deserialize(await readFile(join(fixture(name), "deltas.safetensors"))).tensors;
    expect([...adapter.modules.keys()]).toEqual([...golden.keys()].toSorted());
    for (const [path, module] of adapter.modules) {
      const { shape } = golden.get(path)!;
      expect([module.outFeatures, module.inFeatures]).toEqual(shape);
      // PEFT multiplies in float32: sums of at most four products of numbers up to ten.
      expect(deltaWeight(module)).toBeAllClose(toFloat32(golden.get(path)!), { rtol: 1e-6, atol: 1e-5 });
    }
  });

  it("has PEFT's ranks and scales", async () => {
    const { modules, baseModel, metadata } = await loadAdapter(fixture(name));
    for (const [path, [rank, scale]] of Object.entries(expected)) {
      expect(modules.get(path)).toMatchObject({ rank, scale });
    }
    expect(baseModel).toBeNull();
    expect(new Map(metadata)).toEqual(new Map([["format", "pt"]]));
  });

  it("is stored as said", async () => {
    const { tensors } = deserialize(await readFile(join(fixture(name), "adapter_model.safetensors")));
    expect(new Set([...tensors.values()].map((view) => view.dtype))).toEqual(new Set([dtype]));
  });
});

describe("folders", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "lora-"));
    for (const file of ["adapter_config.json", "adapter_model.safetensors"]) {
      await copyFile(join(fixture("plain"), file), join(folder, file));
    }
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function editConfig(change: Record<string, unknown>): Promise<void> {
    const path = join(folder, "adapter_config.json");
    const config = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...config, ...change }));
  }

  it("carry the base model's name, or null", async () => {
    await editConfig({ base_model_name_or_path: "Qwen/Qwen3-8B" });
    expect((await loadAdapter(folder)).baseModel).toBe("Qwen/Qwen3-8B");
    await editConfig({ base_model_name_or_path: "" });
    expect((await loadAdapter(folder)).baseModel).toBeNull();
  });

  it("without a config, or without weights, are named", async () => {
    await rm(join(folder, "adapter_model.safetensors"));
    await expect(loadAdapter(folder)).rejects.toMatchObject({
      code: "E_FILE",
      file: join(folder, "adapter_model.safetensors"),
    });
    await rm(join(folder, "adapter_config.json"));
    await expect(loadAdapter(folder)).rejects.toMatchObject({
      code: "E_FILE",
      message: `${join(folder, "adapter_config.json")}: expected the config of a PEFT adapter, found none`,
    });
  });

  it("whose weights are cut short are refused with both sizes", async () => {
    const path = join(folder, "adapter_model.safetensors");
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, -3));
    await expect(loadAdapter(folder)).rejects.toMatchObject({
      code: "E_TRUNCATED",
      message: expect.stringMatching(
        new RegExp(`adapter_model\\.safetensors: expected ${bytes.length} bytes .*, found ${bytes.length - 3}$`),
      ) as string,
    });
  });

  it("whose config claims another rank are refused, module by module", async () => {
    await editConfig({ r: 8 });
    const expected = { code: "E_TENSORS", file: join(folder, "adapter_model.safetensors") };
    await expect(loadAdapter(folder)).rejects.toMatchObject(expected);
    await expect(loadAdapter(folder)).rejects.toThrow(/\n {2}model\.layers\.1\.self_attn\.v_proj: expected rank 8/);
  });

  it("with a feature that is not supported are refused by its name", async () => {
    await editConfig({ use_dora: true });
    await expect(loadAdapter(folder)).rejects.toMatchObject({
      code: "E_UNSUPPORTED",
      message: expect.stringContaining("adapter_config.json: use_dora: unsupported") as string,
    });
  });

  it("with foreign tensors are refused by their names", async () => {
    const path = join(folder, "adapter_model.safetensors");
    const { tensors, metadata } = deserialize(await readFile(path));
    const extra = fromFloat32(Float32Array.of(1), { dtype: "F32", shape: [1] });
    await writeSafetensors(path, [...tensors, ["base_model.model.norm.lora_magnitude_vector", extra]], metadata);
    await expect(loadAdapter(folder)).rejects.toMatchObject({
      code: "E_TENSORS",
      problems: [expect.stringContaining("base_model.model.norm.lora_magnitude_vector: expected") as string],
    });
  });
});
