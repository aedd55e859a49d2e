import { describe, expect, it } from "vitest";
import { parseAdapterConfig } from "./adapter-config.ts";
import { excludedModules, portableConfig, targetModules } from "./portable-config.ts";

describe("portableConfig", () => {
  const text = portableConfig({ rank: 4, baseModel: "a/b", taskType: "CAUSAL_LM", paths: ["m.v_proj", "m.q_proj"] });

  it("has sorted keys, indented by two", () => {
    const config = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(config)).toEqual(Object.keys(config).toSorted());
    expect(text).toBe(`${JSON.stringify(config, null, 2)}\n`);
  });

  it("sets nothing that some reader ignores", () => {
    expect(JSON.parse(text)).toMatchObject({
      peft_type: "LORA",
      task_type: "CAUSAL_LM",
      base_model_name_or_path: "a/b",
      r: 4,
      lora_alpha: 4,
      use_rslora: false,
      use_dora: false,
      bias: "none",
      modules_to_save: null,
      rank_pattern: {},
      alpha_pattern: {},
      target_modules: ["q_proj", "v_proj"],
    });
  });

  it("is read back by our own parser", () => {
    expect(parseAdapterConfig(text, "x").config).toMatchObject({
      r: 4,
      lora_alpha: 4,
      target_modules: ["q_proj", "v_proj"],
    });
  });
});

describe("excludedModules", () => {
  const layer = (i: number, ...names: string[]): string[] => names.map((name) => `model.layers.${i}.${name}`);

  it("are the places that a name has in other adapted layers", () => {
    const paths = [...layer(0, "q", "mlp.up"), ...layer(3, "q"), ...layer(10, "mlp.up"), "lm_head"];
    expect(excludedModules(paths)).toEqual(["model.layers.10.q", "model.layers.3.mlp.up"]);
  });

  it("are none where every adapted layer has every name, whatever other layers the base has", () => {
    expect(excludedModules([...layer(0, "q", "v"), ...layer(7, "q", "v")])).toEqual([]);
    const text = portableConfig({ rank: 1, baseModel: null, taskType: null, paths: layer(0, "q", "v") });
    expect(JSON.parse(text)).not.toHaveProperty("exclude_modules");
  });

  it("keep apart what does not stand in one list of layers", () => {
    expect(excludedModules(["a.0.q", "a.1.q", "b.0.v", "b.1.v"])).toEqual([]);
  });
});

describe("targetModules", () => {
  it("names layers once each, sorted", () => {
    expect(targetModules(["l.1.v", "l.0.v", "l.0.q", "head"])).toEqual(["head", "q", "v"]);
  });

  it("keeps the path of a layer that is only numbered", () => {
    expect(targetModules(["net.10", "net.2", "net.2.up"])).toEqual(["net.10", "net.2", "up"]);
  });
});
