import { describe, expect, it } from "vitest";
import { mergeAdapters } from "../merge-adapters.ts";
import { mergeOptionsSchema } from "../merge-options.ts";
import { adapterOf, relatedModules } from "../__fixtures__/make-modules.ts";
import { mergekitMethods } from "./mergekit-methods.ts";
import { mergekitSchema } from "./mergekit-schema.ts";
import type { MergekitMerge } from "./mergekit-schema.ts";

const two = [{ model: "a" }, { model: "b" }];
const read = (config: object): MergekitMerge => mergekitSchema.parse({ models: two, ...config });
const optionsOf = (config: object) => read(config).options;
/** `path: message` of every issue. */
function problems(config: object): string[] {
  const { error } = mergekitSchema.safeParse({ models: two, ...config });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("a common file", () => {
  it("of TIES becomes the merge that it says, the base left out", () => {
    const config = {
      merge_method: "ties",
      base_model: "Qwen/Qwen3-8B",
      models: [
        { model: "Qwen/Qwen3-8B" },
        { model: "Qwen/Qwen3-8B+runs/a", parameters: { density: 0.3, weight: 0.5 } },
        { model: "runs/b", parameters: { density: 0.3, weight: 0.25 } },
      ],
      parameters: { normalize: true, int8_mask: true, lambda: 1.5 },
      dtype: "bfloat16",
    };
    expect(mergekitSchema.parse(config)).toEqual({
      adapters: ["runs/a", "runs/b"],
      options: {
        method: "ties",
        dialect: "mergekit",
        density: 0.3,
        scale: 1.5,
        weights: [0.5, 0.25],
        normalise: "mean",
      },
      baseModel: "Qwen/Qwen3-8B",
      dtype: "BF16",
    });
  });

  it("gives the merge that our options give", () => {
    const adapters = relatedModules("linear", { ranks: [3, 3] }).map((module) => adapterOf({ "layers.0.q": module }));
    const merge = (options: Parameters<typeof mergeAdapters>[1]) => mergeAdapters(adapters, options).adapter.modules;
    const found = merge(optionsOf({ merge_method: "linear", parameters: { weight: 1 } }));
    expect(found).toEqual(merge({ method: "task_arithmetic", weights: [0.5, 0.5] }));
  });

  it("of every method is taken by our own schema, with mergekit's defaults", () => {
    const parsed = Object.entries(mergekitMethods).map(([merge_method, { weighted, baseIsFirst }]) => {
      const parameters = { ...(weighted ? { weight: 0.5 } : {}), ...(baseIsFirst ? { t: 0.25 } : {}) };
      const options = optionsOf({ merge_method, parameters, ...(baseIsFirst ? { base_model: "b" } : {}) });
      return [merge_method, mergeOptionsSchema.parse(options)];
    });
    expect(Object.fromEntries(parsed)).toMatchObject({
      linear: { method: "task_arithmetic", normalise: "mean" },
      task_arithmetic: { method: "task_arithmetic", normalise: "sum" },
      ties: { density: 1, dialect: "mergekit", normalise: "mean" },
      dare_linear: { density: 1, dialect: "mergekit", normalise: "sum" },
      dare_ties: { density: 1, dialect: "mergekit", normalise: "sum" },
      della: { density: 1, epsilon: 0.15, dialect: "mergekit", normalise: "mean" },
      breadcrumbs: { density: 1, gamma: 0.01, normalise: "sum" },
      sce: { density: 1 },
      slerp: { t: 0.25 },
      karcher: { maxIterations: 10, tolerance: 1e-5 },
    });
  });
});

describe("weights", () => {
  const weighted = (weights: unknown[], more: object = {}) =>
    optionsOf({
      merge_method: "task_arithmetic",
      models: weights.map((weight, i) => ({
        model: `m${i}`,
        ...(weight === undefined ? {} : { parameters: { weight } }),
      })),
      ...more,
    });

  it("may run over the layers, and fall back to the whole merge's", () => {
    expect(weighted([[0, 1], 0.5])).toMatchObject({ weightsBy: [{ filter: "", weights: [[0, 1], 0.5] }] });
    expect(weighted([undefined, 2], { parameters: { weight: 0.1 } })).toMatchObject({ weights: [0.1, 2] });
  });

  it("may differ by filter; a model without filters has one value for all", () => {
    const filtered = [{ filter: "self_attn", value: [0, 1] }, { filter: "up_proj.weight", value: 2 }, { value: 0.5 }];
    expect(weighted([filtered, 3])).toMatchObject({
      weightsBy: [
        { filter: "self_attn", weights: [[0, 1], 3] },
        { filter: "up_proj", weights: [2, 3] },
        { filter: "", weights: [0.5, 3] },
      ],
    });
    const star = [
      { filter: "mlp", value: 2 },
      { filter: "*", value: 1 },
      { filter: "q_proj", value: 9 },
    ];
    expect(weighted([star, star])).toMatchObject({
      weightsBy: [
        { filter: "mlp", weights: [2, 2] },
        { filter: "", weights: [1, 1] },
      ],
    });
    // Where a model's filters say nothing, the whole merge's weight does.
    const open = { filter: "mlp", value: 2 };
    expect(weighted([open, 1], { parameters: { weight: 0.1 } })).toMatchObject({
      weightsBy: [
        { filter: "mlp", weights: [2, 1] },
        { filter: "", weights: [0.1, 1] },
      ],
    });
  });

  it("that are negative are divided by their sum with its sign, as mergekit does", () => {
    const normalize = { parameters: { normalize: true } };
    expect(weighted([3, -1], normalize)).toMatchObject({
      weightsBy: [{ filter: "", weights: [1.5, -0.5] }],
      normalise: "sum",
    });
    expect(weighted([1, -1], normalize)).toMatchObject({ weightsBy: [{ filter: "", weights: [1, -1] }] });
  });

  it("that cannot be had are named by model", () => {
    const models = (...weights: unknown[]) => ({
      merge_method: "ties",
      models: weights.map((weight, i) => ({ model: `m${i}`, parameters: { weight } })),
    });
    expect(problems({ merge_method: "ties" })).toEqual([
      "models.0.parameters.weight: expected a weight",
      "models.1.parameters.weight: expected a weight",
    ]);
    expect(problems(models([{ filter: "mlp", value: 1 }], 1))).toEqual([
      "models.0.parameters.weight: expected a last value without a filter",
    ]);
    const by = (filter: string) => [{ filter, value: 1 }, { value: 2 }];
    expect(problems(models(by("mlp"), by("self_attn")))).toEqual([
      "models.1.parameters.weight: expected the other models' filters in their order, mlp",
    ]);
    expect(problems(models([1, -1], 1))).toEqual([
      "models.0.parameters.weight: expected numbers where weights are negative and normalised",
    ]);
  });
});

describe("slerp", () => {
  it("begins from the model that base_model names", () => {
    const config = {
      merge_method: "slerp",
      base_model: "base+b",
      models: [{ model: "base+a" }, { model: "base+b" }],
      parameters: { t: 0.2 },
    };
    expect(mergekitSchema.parse(config)).toMatchObject({
      adapters: ["b", "a"],
      baseModel: "base",
      options: { t: 0.2 },
    });
    expect(problems({ ...config, base_model: "base", parameters: { t: [0, 1] } })).toEqual([
      "base_model: expected the one of the two models to begin from",
      "parameters.t: expected one number, the same for all models",
    ]);
  });
});

describe("what is not supported is named, all at once", () => {
  it("keys and methods", () => {
    const { error } = mergekitSchema.safeParse({ merge_method: "passthrough", slices: [], tokenizer_source: "union" });
    const found = error!.issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : issue.path));
    expect(found).toEqual(["merge_method", "models", "slices", "tokenizer_source"]);
  });

  it("parameters", () => {
    const config = {
      merge_method: "ties",
      models: [
        { model: "a", parameters: { weight: 1, density: 0.5, gamma: 0.1 } },
        { model: "b", parameters: { weight: 1, density: 0.4 } },
      ],
      parameters: { normalize: false, rescale: true, lambda: [0, 1], epsilon: 0.1 },
    };
    expect(problems(config)).toEqual([
      "parameters.epsilon: ties takes density, weight, normalize, rescale, int8_mask, lambda; expected one of them",
      "models.0.parameters.gamma: ties takes density, weight; expected one of them",
      "parameters.normalize: ties: expected true, the other is not supported",
      "parameters.rescale: ties: expected false, the other is not supported",
      "parameters.lambda: expected one number",
      "models.1.parameters.density: expected one number, the same for all models",
    ]);
  });

  it("models", () => {
    const parameters = { weight: 1 };
    expect(problems({ merge_method: "linear", base_model: "a", parameters })).toEqual([
      "models: linear: expected adapters alone; the base itself has no update",
    ]);
    const base = { merge_method: "ties", base_model: "x", parameters };
    expect(problems({ ...base, models: [{ model: "x" }] })).toEqual([
      "models: expected at least one adapter beside the base",
    ]);
    expect(problems({ ...base, models: [{ model: "y+a" }] })).toEqual(["models.0.model: expected an adapter on x"]);
  });
});
