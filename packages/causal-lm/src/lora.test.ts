import { createRandom } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { randomLora, tinyConfig } from "./__fixtures__/random-model.ts";
import { adaptableModules, adapterFromLora, initLora, loraFromAdapter } from "./lora.ts";
import { loraKey } from "./lora-inputs.ts";

const random = createRandom(3);
const metadata = new Map<string, string>();

describe("initLora", () => {
  it("draws A uniformly in ±1/√in and leaves B zero", () => {
    const { modules, scale } = initLora(tinyConfig, { rank: 4, alpha: 8, random });
    expect(scale).toBe(2);
    expect([...modules.keys()]).toEqual([...adaptableModules(tinyConfig).keys()]);
    for (const [module, { A, B }] of modules) {
      const [out, input] = adaptableModules(tinyConfig).get(module)!;
      expect([A.length, B.length]).toEqual([4 * input, out * 4]);
      expect(B.every((value) => value === 0)).toBe(true);
      const bound = 1 / Math.sqrt(input);
      expect(Math.max(...A.map(Math.abs))).toBeLessThanOrEqual(bound);
      const variance = A.reduce((sum, value) => sum + value * value, 0) / A.length;
      expect(variance / (bound ** 2 / 3)).toBeGreaterThan(0.6); // uniform: bound²/3
      expect(variance / (bound ** 2 / 3)).toBeLessThan(1.4);
    }
  });

  it("gives a module the same A₀ whatever else is adapted", () => {
    const all = initLora(tinyConfig, { rank: 2, random });
    const some = initLora(tinyConfig, { rank: 2, random, targetModules: ["q_proj", "down_proj"] });
    expect(some.modules.size).toBe(2 * tinyConfig.layers);
    for (const [module, { A }] of some.modules) expect(A).toEqual(all.modules.get(module)!.A);
  });

  it("refuses a target that names no module", () => {
    expect(() => initLora(tinyConfig, { rank: 2, random, targetModules: ["q_proj", "qkv_proj"] })).toThrow(
      expect.objectContaining({ code: "E_LORA", message: expect.stringMatching(/q_proj.*got qkv_proj$/) as string }),
    );
  });
});

describe("loraFromAdapter", () => {
  it("takes back what adapterFromLora gives, scale folded into B", () => {
    const lora = randomLora();
    const back = loraFromAdapter(tinyConfig, adapterFromLora(lora, { baseModel: null, metadata }));
    expect(back).toMatchObject({ rank: lora.rank, scale: 1 });
    for (const [module, { A, B }] of lora.modules) {
      expect(back.modules.get(module)!.A).toEqual(A);
      expect(back.modules.get(module)!.B).toBeAllClose(B.map((value) => value * lora.scale));
    }
  });

  it("keeps the scale that a module has of its own, which also keeps compiled steps apart", () => {
    const lora = randomLora();
    const module = "model.layers.0.self_attn.k_proj";
    const factors = { ...lora.modules.get(module)!, scale: 3 };
    const own = { ...lora, modules: new Map([...lora.modules, [module, factors]]) };
    const { modules } = adapterFromLora(own, { baseModel: null, metadata });
    expect(modules.get(module)!.scale).toBe(3);
    expect([...modules.values()].filter(({ scale }) => scale === lora.scale)).toHaveLength(modules.size - 1);
    expect(loraKey(own)).not.toBe(loraKey(lora));
  });

  it("pads modules of lower rank with zeros", () => {
    const module = "model.layers.0.self_attn.k_proj";
    const [out, input] = adaptableModules(tinyConfig).get(module)!;
    const low = {
      A: Float32Array.from({ length: input }, (_, i) => i),
      B: Float32Array.from({ length: out }, (_, i) => -i),
    };
    const wide = adapterFromLora(randomLora(3), { baseModel: null, metadata });
    const mixed = {
      ...wide,
      modules: new Map(wide.modules).set(module, { ...low, rank: 1, scale: 1, inFeatures: input, outFeatures: out }),
    };
    const { A, B } = loraFromAdapter(tinyConfig, mixed).modules.get(module)!;
    expect(A.length).toBe(3 * input);
    expect(A.subarray(0, input)).toEqual(low.A);
    expect(A.subarray(input).every((value) => value === 0)).toBe(true);
    expect([...B.subarray(0, 6)]).toEqual([-0, 0, 0, -1, 0, 0]);
  });

  it("lists every module that does not fit, with both shapes", () => {
    const adapter = adapterFromLora(randomLora(), { baseModel: null, metadata });
    const modules = new Map(adapter.modules);
    const wrong = modules.get("model.layers.1.mlp.up_proj")!;
    modules.set("model.layers.1.mlp.up_proj", { ...wrong, inFeatures: 7 });
    modules.set("model.layers.9.mlp.up_proj", wrong);
    expect(() => loraFromAdapter(tinyConfig, { ...adapter, modules })).toThrow(
      expect.objectContaining({
        code: "E_LORA",
        message: expect.stringMatching(
          /layers\.1\.mlp\.up_proj — expected a map \[40, 24\], got \[40, 7\][\s\S]*layers\.9\.mlp\.up_proj — expected a module of the base/,
        ) as string,
      }),
    );
  });
});
