import { describe, expect, it } from "vitest";
import { isPattern, missingTargets, targetModules, valueOfModule } from "./module-pattern.ts";

const modules = [0, 1].flatMap((layer) =>
  ["self_attn.q_proj", "mlp.up_proj"].map((part) => `model.layers.${layer}.${part}`),
);

describe("targetModules", () => {
  it("takes a name or a list of them by their ends after a dot, a regular expression of the whole path, or all", () => {
    expect(targetModules(modules, "all-linear")).toEqual(modules);
    expect(targetModules(modules, ["up_proj"])).toEqual([modules[1], modules[3]]);
    expect(targetModules(modules, [modules[0]!, "proj"])).toEqual([modules[0]]);
    expect(targetModules(modules, String.raw`.*\.1\..*_proj`)).toEqual(modules.slice(2));
    expect(targetModules(modules, "q_proj")).toEqual([modules[0], modules[2]]);
    expect(targetModules(modules, "q_pr.*")).toEqual([]); // an expression is matched whole
    expect(missingTargets(modules, ["up_proj", "qkv"])).toEqual(["qkv"]);
  });
});

describe("valueOfModule", () => {
  it("takes the first key that fits, as PEFT does", () => {
    const pattern = { "layers.1.self_attn.q_proj": 1, q_proj: 2, [String.raw`mlp\..*`]: 3 };
    expect(modules.map((module) => valueOfModule(pattern, module))).toEqual([2, 3, 1, 3]);
    expect(valueOfModule({ proj: 1, up: 2 }, modules[1]!)).toBeUndefined();
  });
});

it("isPattern knows what does not compile", () => {
  expect([isPattern("a.*"), isPattern("(")]).toEqual([true, false]);
});
