import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromFloat32 } from "@prefdelta/safetensors";
import type { TensorView } from "@prefdelta/safetensors";
import { openSafetensors, writeSafetensors } from "@prefdelta/safetensors/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Adapter } from "./adapter.ts";
import { exportGguf } from "./export-gguf.ts";
import { loadAdapter } from "./load-adapter.ts";
import { mergeIntoBase } from "./merge-into-base.ts";
import { saveAdapter } from "./save-adapter.ts";
import { encodeModule } from "./stream-adapter.ts";

// A DoRA adapter as PEFT saves it: tooling/peers/adapters_golden.py.
const base = fileURLToPath(new URL("../../causal-lm/src/__fixtures__/tiny-qwen3", import.meta.url));
const golden = join(base, "dora");
const module = "model.layers.1.self_attn.k_proj"; // 32 × 40

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dora-"));
});
afterEach(() => rm(folder, { recursive: true }));

const load = (): Promise<Adapter> => loadAdapter(golden, { dora: true });

/** The golden with other tensors. */
async function tampered(change: (tensors: Map<string, TensorView>) => void): Promise<string> {
  const path = join(folder, "tampered");
  await cp(golden, path, { recursive: true });
  const file = await openSafetensors(join(golden, "adapter_model.safetensors"));
  const tensors = new Map<string, TensorView>();
  for (const name of file.entries.keys()) tensors.set(name, await file.read(name));
  await file.close();
  change(tensors);
  await writeSafetensors(join(path, "adapter_model.safetensors"), tensors);
  return path;
}

describe("a DoRA adapter of PEFT's", () => {
  it("is read where it is asked for, and refused with what to do elsewhere", async () => {
    const { modules } = await load();
    expect(modules.size).toBe(14);
    expect(modules.get(module)).toMatchObject({ rank: 4, scale: 2, outFeatures: 32, inFeatures: 40 });
    expect(modules.get(module)!.magnitude).toHaveLength(32);
    await expect(loadAdapter(golden)).rejects.toMatchObject({
      code: "E_UNSUPPORTED",
      message: expect.stringMatching(
        /use_dora: unsupported \(.*merge it into its base with PEFT first\), found true/,
      ) as string,
    });
  });

  it.each(["portable", "peft"] as const)("comes back as it was saved, in the %s profile", async (profile) => {
    const adapter = await load();
    await saveAdapter(join(folder, "saved"), adapter, { profile });
    const config = JSON.parse(await readFile(join(folder, "saved", "adapter_config.json"), "utf8")) as object;
    expect(config).toMatchObject({ use_dora: true, r: 4, lora_alpha: profile === "portable" ? 4 : 8 });
    const saved = await loadAdapter(join(folder, "saved"), { dora: true });
    for (const [path, { A, B, scale, magnitude }] of adapter.modules) {
      const found = saved.modules.get(path)!;
      expect(found.magnitude).toEqual(magnitude);
      expect(found.A).toEqual(A);
      expect(found.B.map((b) => b * found.scale)).toEqual(B.map((b) => b * scale));
    }
  });

  it("is refused where magnitudes are missing, of another length, no vectors, or without factors: all by name", async () => {
    const path = await tampered((tensors) => {
      const key = (name: string) => `base_model.model.model.layers.${name}.lora_magnitude_vector`;
      const f32 = (shape: number[]) => fromFloat32(new Float32Array(32), { dtype: "F32", shape });
      tensors.delete(key("0.mlp.up_proj"));
      tensors.set(key("1.self_attn.k_proj"), f32([32]));
      tensors.set(key("1.self_attn.v_proj"), f32([4, 8]));
    });
    await expect(loadAdapter(path, { dora: true })).rejects.toMatchObject({
      code: "E_TENSORS",
      message: expect.stringMatching(
        /1\.self_attn\.v_proj\.lora_magnitude_vector: expected a vector, found shape \[4,8\]/,
      ) as string,
    });
    const short = await tampered((tensors) => {
      const f32 = fromFloat32(new Float32Array(3), { dtype: "F32", shape: [3] });
      tensors.delete("base_model.model.model.layers.0.mlp.up_proj.lora_magnitude_vector");
      tensors.set("base_model.model.model.layers.0.mlp.down_proj.lora_magnitude_vector", f32);
      tensors.set("base_model.model.model.layers.9.mlp.down_proj.lora_magnitude_vector", f32);
    });
    const message = await loadAdapter(short, { dora: true }).catch((error: Error) => error.message);
    expect(message).toMatch(/0\.mlp\.up_proj\.lora_magnitude_vector: expected 64 numbers, .*found none/);
    expect(message).toMatch(/0\.mlp\.down_proj\.lora_magnitude_vector: expected 40 numbers, .*found 3/);
    expect(message).toMatch(/9\.mlp\.down_proj\.lora_magnitude_vector: expected factors beside it, found none/);
  });

  it("is no plain LoRA whose config forgot to say so", async () => {
    const path = await tampered(() => undefined);
    const file = join(path, "adapter_config.json");
    const config = JSON.parse(await readFile(file, "utf8")) as object;
    await writeFile(file, JSON.stringify({ ...config, use_dora: false }));
    await expect(loadAdapter(path, { dora: true })).rejects.toThrow(/lora_magnitude_vector: .*found a DoRA magnitude/);
  });

  it("is neither added to a base, nor exported, nor streamed", async () => {
    const adapter = await load();
    const refused = {
      code: "E_ADAPTER",
      message: expect.stringMatching(/DoRA's magnitudes in model.*and 11 more; merge/) as string,
    };
    await expect(mergeIntoBase(join(folder, "merged"), adapter, { base })).rejects.toMatchObject(refused);
    await expect(exportGguf(join(folder, "lora.gguf"), adapter, { base })).rejects.toMatchObject(refused);
    expect(() => encodeModule(module, adapter.modules.get(module)!, { rank: 4, dtype: "F32" })).toThrow(
      /DoRA's magnitudes/,
    );
  });

  it("has a magnitude in every layer, or in none", async () => {
    const adapter = await load();
    const { magnitude: _, ...plain } = adapter.modules.get(module)!;
    const mixed = { ...adapter, modules: new Map(adapter.modules).set(module, plain) };
    await expect(saveAdapter(join(folder, "mixed"), mixed)).rejects.toMatchObject({
      code: "E_ADAPTER",
      message: expect.stringContaining(
        `${module}: expected a magnitude, as other layers have one, found none`,
      ) as string,
    });
  });
});
