import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type * as z from "zod";
import { mergeMethods, mergeOptionsSchema, type MergeOptions } from "./merge-options.ts";
import { parseOptions } from "./parse-options.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const papers = readFileSync(new URL("../../../docs/papers.md", import.meta.url), "utf8");

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

describe.each(Object.entries(mergeMethods))("the row of %s", (method, { paper, equation, deviation, options }) => {
  it("names its paper, its equation and in what it differs", () => {
    expect(paper).toMatch(/(arxiv\.org\/abs\/\d{4}\.\d{5}|github\.com\/[\w-]+\/[\w-]+|doi\.org\/10\.)/);
    expect(equation).toMatch(/[ΔΣ]/);
    expect(deviation).toMatch(/\.$/);
  });

  it("has options that all have defaults, and stand in the README", () => {
    expect(options.parse({ method })).toEqual(mergeOptionsSchema.parse({ method }));
    const { shape } = options as z.ZodObject;
    for (const name of Object.keys(shape)) expect(readme, name).toContain(`\`${name}\``);
  });

  it("has its paper in docs/papers.md", () => {
    for (const [address] of paper.matchAll(/https:\S+(?:abs|doi\.org)\/[\w./-]+\w/g)) expect(papers).toContain(address);
  });
});

it("has a row for every method of the schema", () => {
  expect(Object.keys(mergeMethods)).toEqual(mergeOptionsSchema.options.map(({ shape }) => shape.method.value));
});
