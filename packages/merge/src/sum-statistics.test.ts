import { describe, expect, it } from "vitest";
import { relatedModules } from "./__fixtures__/make-modules.ts";
import { combineModule } from "./combine-module.ts";
import { sideBySide } from "./concatenate-factors.ts";
import type { ModuleSource } from "./gather-modules.ts";
import { moduleStatistics } from "./report/module-statistics.ts";
import { sumStatistics } from "./sum-statistics.ts";
import { createRandom } from "@prefdelta/random";

const modules = relatedModules(3);
const sourcesOf = (weights: readonly number[]): ModuleSource[] =>
  weights.map((weight, i) => ({ index: 2 * i, module: { ...modules[i]!, scale: 0.5 + i }, weight }));
const statisticsOf = (sources: readonly ModuleSource[]) => {
  const options = { places: sources.map(({ index }) => index), adapterCount: 6, scale: 1.5 };
  const joined = sideBySide(sources.map(({ module }) => module));
  const combined = combineModule(sources, ({ sources: own }) => ({ sources: own, consensus: null }), createRandom(0));
  return {
    found: sumStatistics(sources, joined, options),
    expected: moduleStatistics(combined, { ...options, rank: joined.rank }),
  };
};

describe("sumStatistics", () => {
  it.each([[[1, 1, 1]], [[2, -0.5, 0]], [[0.25]]])("is what the decomposed sum says, weights %j", (weights) => {
    const { found, expected } = statisticsOf(sourcesOf(weights));
    for (const [key, value] of Object.entries(expected)) {
      const size = Math.max(...expected.gram.flat());
      expect([(found as never)[key]].flat(2), key).toBeAllClose([value].flat(2), { rtol: 2e-6, atol: 2e-6 * size });
    }
  });

  it("of an update and its opposite is nothing", () => {
    const [one] = sourcesOf([1]);
    const { found } = statisticsOf([one!, { ...one!, index: 1, weight: -1 }]);
    expect([found.before, found.after, found.merged]).toEqual([0, 0, 0]);
  });

  it("of terms that nearly cancel is what is left of them", () => {
    const [one] = sourcesOf([1]);
    const { module } = one!;
    const other = { ...module, scale: module.scale * (1 + 1e-5) };
    const { found, expected } = statisticsOf([one!, { index: 1, module: other, weight: -1 }]);
    expect(found.before).toBeGreaterThan(0);
    expect([found.before]).toBeAllClose([expected.gram[0]![0]! * 1e-10], { rtol: 1e-3 });
  });

  it.each([1e-15, 1e15])("of factors times %d, whose products float32 does not hold, is right as well", (size) => {
    const sources = sourcesOf([1, 0.5, 2]).map((source) => ({
      ...source,
      module: { ...source.module, B: source.module.B.map((value) => size * value) },
    }));
    const { found, expected } = statisticsOf(sources);
    expect(found.before).toBeGreaterThan(0);
    expect([found.before]).toBeAllClose([expected.before], { rtol: 1e-9 });
    expect(found.gram.flat()).toBeAllClose(expected.gram.flat(), { rtol: 1e-9, atol: 1e-9 * expected.gram[0]![0]! });
  });
});
