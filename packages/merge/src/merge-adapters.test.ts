import { matrix, scale, subtract } from "@prefdelta/linalg";
import type { Adapter } from "@prefdelta/lora";
import { describe, expect, it } from "vitest";
import { adapterOf, denseModule, gridMatrix, moduleOf, relatedModules } from "./__fixtures__/make-modules.ts";
import { mergeAdapters } from "./merge-adapters.ts";
import type { MergeOptions } from "./merge-options.ts";

/** 2 × 2 updates of rank 1: 2 in the corner at (0, 0), and 3 at (1, 1). */
const corner = adapterOf({ "a.q": moduleOf(matrix(2, 1, [1, 0]), matrix(1, 2, [1, 0]), 2) });
const other = adapterOf({ "a.q": moduleOf(matrix(2, 1, [0, 3]), matrix(1, 2, [0, 1])) });
const dense = (adapter: Adapter, path = "a.q") => denseModule(adapter.modules.get(path)!).data;
const related = relatedModules(1, { ranks: [2, 3, 4] });
const adapters = related.map((module) => adapterOf({ "a.q": module }));
const sum = related.map(denseModule).reduce((a, b) => subtract(a, scale(b, -1)));

describe("mergeAdapters, task_arithmetic", () => {
  it("of a hand-made pair is the weighted sum of the updates", () => {
    const { adapter } = mergeAdapters([corner, other], { method: "task_arithmetic", weights: [1, -2] });
    expect([...dense(adapter)]).toEqual([2, 0, 0, -6]);
    expect(adapter.modules.get("a.q")!.rank).toBe(2);
    expect(adapter.baseModel).toBe("base");
  });

  it.each([
    [{ normalise: "mean" }, [1, 0, 0, 1.5]],
    [{ scale: 4 }, [8, 0, 0, 12]],
    [{ normalise: "mean", scale: 2, weights: [3, -1] }, [3, 0, 0, -1.5]],
    [{ rank: 1 }, [0, 0, 0, 3]],
    [{ rank: 1, scale: -2 }, [0, 0, 0, -6]],
    [{ rank: 3 }, [2, 0, 0, 3]],
  ] as const)("with %j is %j", (options, expected) => {
    const { adapter } = mergeAdapters([corner, other], { method: "task_arithmetic", ...options } as MergeOptions);
    expect(dense(adapter)).toBeAllClose(expected, { rtol: 1e-7, atol: 1e-7 });
  });

  it("gives memory of its own, of one adapter, too", () => {
    const { adapter } = mergeAdapters([corner], { method: "task_arithmetic" });
    expect(dense(adapter)).toEqual(dense(corner));
    const [made, given] = [adapter.modules.get("a.q")!, corner.modules.get("a.q")!];
    expect([made.A.buffer, made.B.buffer]).not.toContain(given.A.buffer);
    expect([made.A.buffer, made.B.buffer]).not.toContain(given.B.buffer);
  });

  it("is exact at full rank, whatever the ranks, and the best of its rank below", () => {
    const full = mergeAdapters(adapters, { method: "task_arithmetic" });
    expect(dense(full.adapter)).toBeAllClose(sum.data, { rtol: 0, atol: 1e-14 });
    expect(full.adapter.modules.get("a.q")!.rank).toBe(9);
    const low = mergeAdapters(adapters, { method: "task_arithmetic", rank: 3 });
    expect(low.adapter.modules.get("a.q")).toMatchObject({ rank: 3, inFeatures: 20, outFeatures: 24 });
    const error =
      Math.hypot(...subtract(denseModule(low.adapter.modules.get("a.q")!), sum).data) / Math.hypot(...sum.data);
    expect(low.report.summary.truncationError).toBeCloseTo(error, 6);
    expect(error).toBeGreaterThan(0.01);
  });
});

describe("mergeAdapters, any method", () => {
  const methods = [{ method: "task_arithmetic" }, { method: "gam" }] as const;

  it.each(methods)("gives the same bytes again, $method", (options) => {
    expect(mergeAdapters(adapters, options)).toEqual(mergeAdapters(adapters, options));
  });

  it("joins adapters with different modules; what one lacks counts as zero, or the others for it", () => {
    const also = adapterOf({
      ...Object.fromEntries(corner.modules),
      "b.v": moduleOf(matrix(1, 1, [1]), matrix(1, 1, [5])),
    });
    for (const options of methods) {
      const zero = mergeAdapters([also, other], { ...options, normalise: "mean" }, { names: ["also", "other"] });
      expect([...zero.adapter.modules.keys()]).toEqual(["a.q", "b.v"]);
      expect([...dense(zero.adapter, "b.v")]).toEqual([2.5]);
      expect(zero.report.modules.map(({ missing, weights }) => [missing, weights])).toEqual([
        [[], [0.5, 0.5]],
        [["other"], [0.5, 0]],
      ]);
      expect(zero.report.summary).toMatchObject({ modules: 2, incompleteModules: 1 });
      const grown = mergeAdapters([also, other], { ...options, normalise: "mean", missing: "renormalise" });
      expect([...dense(grown.adapter, "b.v")]).toEqual([5]);
      expect([...dense(grown.adapter)]).toEqual([1, 0, 0, 1.5]);
    }
  });

  it("takes gam for task arithmetic, byte for byte, where nothing is shared", () => {
    // Two adapters from one A₀ with unrelated B, three modules, small enough for chance to matter.
    const unrelated = [0, 1].map((i) =>
      adapterOf(
        Object.fromEntries(
          ["a.q", "b.k", "c.v"].map((path) => [
            path,
            moduleOf(gridMatrix(`${path} B${i}`, 40, 2), gridMatrix(`${path} A0`, 2, 30)),
          ]),
        ),
      ),
    );
    const plain = mergeAdapters(unrelated, { method: "task_arithmetic" });
    const { adapter, report } = mergeAdapters(unrelated, { method: "gam" });
    expect(adapter.modules).toEqual(plain.adapter.modules);
    expect(report.summary.consensus).toEqual({
      meanRank: { left: 0, right: 2 },
      meanJointRank: { left: 0, right: 0 },
      findings: { shared: 0, "no consensus beyond A₀": 3, "one side only": 0, none: 0, ungated: 0 },
    });
  });

  it("carries what it takes to make it again", () => {
    const source = {
      ...corner,
      metadata: new Map([
        ["seed", "7"],
        ["format", "pt"],
      ]),
    };
    const { adapter } = mergeAdapters([source, other], { method: "gam", scale: 0.5 }, { names: ["K", "A"] });
    const metadata = Object.fromEntries(adapter.metadata);
    expect(metadata).toMatchObject({ merge_method: "gam", merge_scale: "0.5" });
    expect(JSON.parse(metadata["merge_options"]!)).toMatchObject({ method: "gam", gate: "joint", seed: 0 });
    expect(JSON.parse(metadata["merge_sources"]!)).toEqual([
      { name: "K", metadata: { seed: "7" } },
      { name: "A", metadata: {} },
    ]);
  });

  it("merges zero adapters to a zero adapter", () => {
    const zero = adapterOf({ "a.q": moduleOf(matrix(2, 1), matrix(1, 2, [1, 1])) });
    for (const rank of ["full", 1] as const) {
      for (const { method } of methods) {
        const { adapter, report } = mergeAdapters([zero, zero], { method, rank });
        expect([...dense(adapter)]).toEqual([0, 0, 0, 0]);
        expect(report.summary.norm).toBe(0);
      }
    }
  });
});

describe("mergeAdapters' report", () => {
  it("says what became of a hand-made pair", () => {
    const { report } = mergeAdapters(
      [corner, other],
      { method: "task_arithmetic", scale: 2, rank: 1 },
      { names: ["c", "o"] },
    );
    expect(report).toMatchObject({ method: "task_arithmetic", options: { normalise: "sum", missing: "zero" } });
    const [module] = report.modules;
    expect(module).toMatchObject({
      module: "a.q",
      outFeatures: 2,
      inFeatures: 2,
      rank: 1,
      weights: [1, 1],
      missing: [],
    });
    expect(module!.sources.map(({ name }) => name)).toEqual(["c", "o"]);
    expect(module!.sources.map(({ norm }) => norm)).toBeAllClose([2, 3], { rtol: 1e-12 });
    expect(module!.sources.map(({ retention }) => retention)).toBeAllClose([0, 1]);
    expect(module!.sources.map(({ projection }) => projection)).toBeAllClose([0, 2]);
    expect(module!.norm).toBeCloseTo(6, 12);
    expect(module!.normRetention.before).toBeCloseTo(Math.sqrt(13) / 5, 12);
    expect(module!.truncationError).toBeCloseTo(2 / Math.sqrt(13), 12);
    expect(module!.consensus).toBeNull();
    expect(report.summary).toMatchObject({ modules: 1, norm: module!.norm, consensus: null });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("says what gam found and moved, as it lies in the stored result", () => {
    const { adapter, report } = mergeAdapters(adapters, { method: "gam", gate: "angle" });
    const [module] = report.modules;
    expect(module!.consensus).toMatchObject({
      finding: "shared",
      left: { rank: 2, jointRank: null },
      right: { rank: 2 },
    });
    expect(module!.consensus!.left.eigenvalues).toHaveLength(9);
    expect(module!.normRetention.after!).toBeGreaterThan(module!.normRetention.before!);
    for (const { displacement } of module!.sources) expect(displacement!).toBeGreaterThan(0.01);
    const stored = denseModule(adapter.modules.get("a.q")!).data;
    expect(module!.norm).toBeCloseTo(Math.hypot(...stored), 4);
    const first = denseModule(related[0]!).data;
    const inner = first.reduce((total, value, i) => total + value * stored[i]!, 0);
    expect(module!.sources[0]!.retention).toBeCloseTo(inner / Math.hypot(...first) / Math.hypot(...stored), 5);
    const cosine = first.reduce((total, value, i) => total + value * denseModule(related[1]!).data[i]!, 0);
    expect(module!.cosines[0]![1]).toBeCloseTo(
      cosine / Math.hypot(...first) / Math.hypot(...denseModule(related[1]!).data),
      10,
    );
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("describes layers and types as if they were the whole", () => {
    const spread = related.map((module) =>
      adapterOf({ "layers.0.q": module, "layers.1.q": module, "layers.1.k": module }),
    );
    const { report } = mergeAdapters(spread, { method: "iso_c", rank: 3 });
    expect(report.byLayer.map(({ layer, modules }) => [layer, modules])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(report.byType.map(({ type, modules }) => [type, modules])).toEqual([
      ["k", 1],
      ["q", 2],
    ]);
    for (const group of [...report.byLayer, ...report.byType]) {
      expect(group.norm).toBeCloseTo(report.summary.norm * Math.sqrt(group.modules / 3), 10);
      expect(group.truncationError).toBeCloseTo(report.summary.truncationError, 12);
    }
  });

  it("marks the ungated gate", () => {
    const { report } = mergeAdapters(adapters, { method: "gam", gate: "none" });
    expect(report.summary.consensus).toMatchObject({ meanJointRank: null, findings: { ungated: 1 } });
  });
});

describe("mergeAdapters refuses", () => {
  const options: MergeOptions = { method: "gam" };

  it("nothing to merge", () => {
    expect(() => mergeAdapters([], options)).toThrow(expect.objectContaining({ code: "E_ADAPTERS" }));
    expect(() => mergeAdapters([adapterOf({})], options)).toThrow("expected at least one adapter with modules");
  });

  it("counts that do not fit", () => {
    expect(() => mergeAdapters([corner, other], { ...options, weights: [1] })).toThrow(
      "weights: expected one per adapter, 2, found 1",
    );
    expect(() => mergeAdapters([corner], options, { names: [] })).toThrow(
      "names: expected one per adapter, 1, found 0",
    );
  });

  it("adapters of different bases, unless the base is named", () => {
    const foreign = { ...other, baseModel: "elsewhere" };
    expect(() => mergeAdapters([corner, foreign], options)).toThrow(
      "expected adapters of one base model, found adapter 1: base; adapter 2: elsewhere",
    );
    expect(mergeAdapters([corner, foreign], options, { baseModel: "base" }).adapter.baseModel).toBe("base");
    expect(mergeAdapters([{ ...corner, baseModel: null }, foreign], options).adapter.baseModel).toBe("elsewhere");
  });

  it("NaN, by adapter and tensor", () => {
    const bad = adapterOf({ "a.q": { ...corner.modules.get("a.q")!, A: Float32Array.of(0, Number.NaN) } });
    expect(() => mergeAdapters([corner, bad], options, { names: ["good", "bad"] })).toThrow("bad: a.q.lora_A.weight");
  });
});
