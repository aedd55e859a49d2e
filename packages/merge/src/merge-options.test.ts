import { expect, it } from "vitest";
import { mergeMethods, mergeOptionsSchema, type MergeOptions } from "./merge-options.ts";
import { parseOptions } from "./parse-options.ts";

it("fills in the defaults", () => {
  const common = { normalise: "sum", scale: 1, rank: "full", missing: "zero" };
  expect(mergeOptionsSchema.parse({ method: "task_arithmetic" })).toEqual({ method: "task_arithmetic", ...common });
  expect(mergeOptionsSchema.parse({ method: "gam" })).toEqual({
    method: "gam",
    ...common,
    gate: "joint",
    form: "whole",
    t: 1,
    theta0: 45,
    sides: "both",
    frame: "projection",
    reference: 0,
    omega: "weights",
    aggregate: "mean",
    density: 0.5,
    draws: 20,
    seed: 0,
  });
});

it.each([
  [{ method: "average" }, /method/],
  [{ method: "task_arithmetic", gate: "joint" }, /gate/],
  [{ method: "gam", t: 1.5 }, /^t: /],
  [{ method: "gam", theta0: 91 }, /^theta0: /],
  [{ method: "gam", rank: 0 }, /^rank: /],
  [{ method: "gam", frame: "hooi" }, /^frame: /],
  [{ method: "gam", reference: -1 }, /^reference: /],
  [{ method: "gam", aggregate: "della" }, /^aggregate: /],
  [{ method: "gam", scale: Number.NaN }, /^scale: /],
  [{ method: "gam", weights: [1, Infinity] }, /^weights\.1: /],
  [{ method: "gam", weights: [] }, /^weights: /],
])("refuses %j", (options, message) => {
  expect(() => parseOptions(mergeOptionsSchema, options as MergeOptions)).toThrow(message);
});

it("names all problems at once", () => {
  const options = { method: "gam", t: -1, theta0: 100, sides: "up" } as unknown as MergeOptions;
  expect(() => parseOptions(mergeOptionsSchema, options)).toThrow(
    expect.objectContaining({
      code: "E_OPTIONS",
      problems: [expect.stringMatching(/^t: /), expect.stringMatching(/^theta0: /), expect.stringMatching(/^sides: /)],
    }),
  );
});

it("has a source, a deviation and options with defaults for every method of the schema", () => {
  const names = mergeOptionsSchema.options.map(({ shape }) => shape.method.value);
  expect(Object.keys(mergeMethods)).toEqual(names);
  for (const [method, { reference, deviation, options }] of Object.entries(mergeMethods)) {
    expect(options.parse({ method })).toEqual(mergeOptionsSchema.parse({ method }));
    expect(reference).toMatch(/^https:\/\/(arxiv\.org\/abs\/\d{4}\.\d{5}|github\.com\/|doi\.org\/)/);
    expect(deviation).not.toBe("");
  }
});
