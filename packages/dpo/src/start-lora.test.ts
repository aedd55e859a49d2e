import { type CausalLm, createRuntime } from "@prefdelta/causal-lm";
import type { Adapter } from "@prefdelta/lora";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "./__fixtures__/tiny-model.ts";
import { parseDpoConfig } from "./config.ts";
import { startLora } from "./start-lora.ts";

let lm: CausalLm;
beforeAll(async () => {
  lm = tinyModel(await createRuntime("onnx"));
});

const module = "model.layers.0.self_attn.q_proj"; // 16 × 16
const adapter: Adapter = {
  modules: new Map([
    [
      module,
      {
        A: Float32Array.from({ length: 32 }, (_, i) => i),
        B: Float32Array.from({ length: 32 }, (_, i) => i / 8),
        rank: 2,
        inFeatures: 16,
        outFeatures: 16,
        scale: 0.5,
      },
    ],
  ]),
  baseModel: null,
  metadata: new Map(),
};

describe("startLora", () => {
  it("begins with A within PEFT's bounds, B zero, and the scale of the settings", () => {
    const lora = startLora(lm, parseDpoConfig({ lora_r: 4, lora_alpha: 8 }), undefined);
    expect(lora).toMatchObject({ rank: 4, scale: 2 });
    for (const { A, B } of lora.modules.values()) {
      const bound = 1 / Math.sqrt(A.length / 4);
      expect(Math.max(...A.map(Math.abs))).toBeLessThanOrEqual(bound);
      expect(Math.max(...A.map(Math.abs))).toBeGreaterThan(0.8 * bound);
      expect(B.every((b) => b === 0)).toBe(true);
    }
  });

  it("adapts the modules that are named", () => {
    const config = parseDpoConfig({ lora_target_modules: ["q_proj", "mlp.up_proj"] });
    const parts = [...startLora(lm, config, undefined).modules.keys()].map((name) =>
      name.split(".").slice(-2).join("."),
    );
    expect(new Set(parts)).toEqual(new Set(["self_attn.q_proj", "mlp.up_proj"]));
    const unknown = parseDpoConfig({ lora_target_modules: ["c_attn"] });
    expect(() => startLora(lm, unknown, undefined)).toThrow(/expected some of q_proj.*got c_attn/);
    const expression = parseDpoConfig({ lora_target_modules: String.raw`.*\.1\.mlp\..*` });
    expect([...startLora(lm, expression, undefined).modules.keys()]).toEqual(
      ["gate_proj", "up_proj", "down_proj"].map((name) => `model.layers.1.mlp.${name}`),
    );
    const name = parseDpoConfig({ lora_target_modules: "q_proj" });
    expect([...startLora(lm, name, undefined).modules.keys()]).toHaveLength(2);
    const nothing = parseDpoConfig({ lora_target_modules: "q_.*" });
    expect(() => startLora(lm, nothing, undefined)).toThrow(
      expect.objectContaining({ code: "E_CONFIG", message: expect.stringContaining("got q_.*") as string }),
    );
  });

  it("gives maps ranks and scales of their own, A as it would be without the others", () => {
    const config = parseDpoConfig({
      lora_r: 2,
      lora_alpha: 4,
      rank_pattern: { up_proj: 4, "layers.0.self_attn.q_proj": 1 },
      alpha_pattern: { up_proj: 16 },
    });
    const lora = startLora(lm, config, undefined);
    const plain = startLora(lm, parseDpoConfig({ lora_r: 2 }), undefined);
    expect(lora).toMatchObject({ rank: 4, scale: 2 });
    const scaleOf = (name: string) => lora.modules.get(name)!.scale;
    expect([
      scaleOf("model.layers.1.mlp.up_proj"),
      scaleOf(module),
      scaleOf("model.layers.0.self_attn.v_proj"),
    ]).toEqual([4, 4, undefined]);
    const rows = (name: string, from: number, to: number) => lora.modules.get(name)!.A.subarray(16 * from, 16 * to);
    expect(rows(module, 0, 1)).toEqual(plain.modules.get(module)!.A.subarray(0, 16));
    expect(rows(module, 1, 4).every((a) => a === 0)).toBe(true);
    const other = "model.layers.0.self_attn.v_proj";
    expect(rows(other, 0, 2)).toEqual(plain.modules.get(other)!.A);
    expect(rows("model.layers.1.mlp.up_proj", 0, 4).every((a) => a !== 0)).toBe(true);
  });

  it("divides by the root of the rank for rsLoRA", () => {
    const config = parseDpoConfig({ lora_r: 4, lora_alpha: 8, use_rslora: true, rank_pattern: { up_proj: 16 } });
    const lora = startLora(lm, config, undefined);
    expect(lora.scale).toBe(4);
    expect(lora.modules.get("model.layers.0.mlp.up_proj")!.scale).toBe(2);
  });

  it("takes no rank pattern beside an adapter", () => {
    const config = parseDpoConfig({ lora_r: 2, rank_pattern: { up_proj: 4 } });
    expect(() => startLora(lm, config, adapter)).toThrow(/initial adapter — expected no rank_pattern, got up_proj/);
  });

  it("copies an adapter under the settings' scale without changing its update", () => {
    const lora = startLora(lm, parseDpoConfig({ lora_r: 2, lora_alpha: 8 }), adapter);
    const { A, B } = lora.modules.get(module)!;
    const given = adapter.modules.get(module)!;
    expect(lora.scale).toBe(4);
    expect(A).toEqual(given.A);
    expect(A).not.toBe(given.A);
    expect(B).toEqual(given.B.map((b) => (b * 0.5) / 4));
  });
});
