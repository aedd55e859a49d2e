import { describe, expect, it } from "vitest";
import { isTargeted } from "./target-modules.ts";

const q = (layer: number): string => `model.layers.${layer}.self_attn.q_proj`;

describe("isTargeted", () => {
  it.each([
    // A list names paths, or their ends after a dot.
    [["q_proj"], q(0), true],
    [["proj"], q(0), false],
    [["self_attn.q_proj"], q(0), true],
    [[q(1)], q(1), true],
    [[q(1)], q(11), false],
    [["lm_head"], "lm_head", true],
    // A string fits the whole path, as re.fullmatch.
    [".*\\.q_proj|lm_head", q(3), true],
    [".*\\.q", q(3), false],
    ["q_proj", q(3), false],
    ["lm_head|x", "a.x", false],
    // Unknown here.
    ["all-linear", q(0), true],
    [null, q(0), true],
  ])("%j, %s: %s", (target_modules, path, expected) => {
    expect(isTargeted(path, { target_modules })).toBe(expected);
  });

  it("leaves out what is excluded, and nothing else", () => {
    const target_modules = ["q_proj", "up_proj"];
    expect(isTargeted(q(0), { target_modules, exclude_modules: ["up_proj"] })).toBe(true);
    expect(isTargeted("model.layers.0.mlp.up_proj", { target_modules, exclude_modules: ["up_proj"] })).toBe(false);
    expect(isTargeted(q(1), { target_modules, exclude_modules: ".*layers\\.1\\..*" })).toBe(false);
    expect(isTargeted(q(1), { target_modules, exclude_modules: [] })).toBe(true);
  });

  it("asks for the layer's number where layers are chosen", () => {
    const target_modules = ["q_proj"];
    expect(isTargeted(q(1), { target_modules, layers_to_transform: 1 })).toBe(true);
    expect(isTargeted(q(11), { target_modules, layers_to_transform: [1] })).toBe(false);
    expect(isTargeted(q(1), { target_modules, layers_to_transform: [] })).toBe(true);
    expect(isTargeted(q(1), { target_modules, layers_to_transform: [1], layers_pattern: "layers" })).toBe(true);
    expect(isTargeted(q(1), { target_modules, layers_to_transform: [1], layers_pattern: ["h"] })).toBe(false);
    // The first number counts, not an expert's; a full path is not asked.
    const expert = "model.layers.4.mlp.experts.1.q_proj";
    expect(isTargeted(expert, { target_modules, layers_to_transform: [1] })).toBe(false);
    expect(isTargeted(q(5), { target_modules: [q(5)], layers_to_transform: [1] })).toBe(true);
  });
});
