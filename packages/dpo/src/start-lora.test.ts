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
