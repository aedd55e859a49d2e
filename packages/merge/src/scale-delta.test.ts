import { describe, expect, it } from "vitest";
import { adapterOf, relatedModules } from "./__fixtures__/make-modules.ts";
import { mergeAdapters } from "./merge-adapters.ts";
import { scaleDelta } from "./scale-delta.ts";

const adapters = relatedModules(1).map((module) => adapterOf({ "a.q": module }));

describe("scaleDelta", () => {
  it("is the merge at another λ, without another merge", () => {
    for (const method of ["task_arithmetic", "gam"] as const) {
      const { adapter } = mergeAdapters(adapters, { method, rank: 4 });
      const expected = mergeAdapters(adapters, { method, rank: 4, scale: 1.5 }).adapter;
      expect(scaleDelta(adapter, 1.5)).toEqual(expected);
      expect(scaleDelta(scaleDelta(adapter, 3), 0.5)).toEqual(expected);
    }
  });

  it("leaves the adapter alone, shares its factors, and says λ in the metadata", () => {
    const [adapter] = adapters;
    const scaled = scaleDelta(adapter!, -2);
    expect(scaled.modules.get("a.q")).toEqual({ ...adapter!.modules.get("a.q"), scale: -2 });
    expect(scaled.modules.get("a.q")!.A).toBe(adapter!.modules.get("a.q")!.A);
    expect(adapter!.modules.get("a.q")!.scale).toBe(1);
    expect([scaled.baseModel, scaled.metadata.get("merge_scale")]).toEqual(["base", "-2"]);
  });

  it.each([Number.NaN, Infinity])("refuses %s", (lambda) => {
    expect(() => scaleDelta(adapters[0]!, lambda)).toThrow(expect.objectContaining({ code: "E_OPTIONS" }));
  });
});
