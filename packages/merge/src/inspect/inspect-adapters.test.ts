import { matrix } from "@prefdelta/linalg";
import { describe, expect, it } from "vitest";
import { adapterOf, denseModule, gridMatrix, moduleOf, relatedModules } from "../__fixtures__/make-modules.ts";
import { mergeAdapters } from "../merge-adapters.ts";
import { inspectAdapters } from "./inspect-adapters.ts";

const corner = moduleOf(matrix(2, 1, [1, 0]), matrix(1, 2, [1, 0]), 2);
const slope = moduleOf(matrix(2, 2, [1, 0, 1, 0]), matrix(2, 2, [-3, 0, 0, 9]));
const [x, y] = [adapterOf({ "a.q": corner, "b.k": corner }), adapterOf({ "a.q": slope })];

describe("inspectAdapters", () => {
  it("says what a hand-made pair is", () => {
    const { adapters, modules, pairs } = inspectAdapters([x, y], { names: ["x", "y"] });
    expect(adapters).toEqual([
      {
        name: "x",
        baseModel: "base",
        modules: 2,
        ranks: [1],
        effectiveRank: 1,
        norm: expect.closeTo(Math.sqrt(8), 12),
      },
      {
        name: "y",
        baseModel: "base",
        modules: 1,
        ranks: [2],
        effectiveRank: expect.closeTo(1, 12),
        norm: expect.closeTo(Math.sqrt(18), 12),
      },
    ]);
    const [q, k] = modules;
    expect([q!.module, q!.outFeatures, q!.inFeatures, k!.updates.length, k!.pairs]).toEqual(["a.q", 2, 2, 1, []]);
    expect(q!.updates[1]).toEqual({
      name: "y",
      rank: 2,
      numericalRank: 1,
      effectiveRank: expect.closeTo(1, 12),
      norm: expect.closeTo(Math.sqrt(18), 12),
      spectralNorm: expect.closeTo(Math.sqrt(18), 12),
    });
    // ⟨[[2, 0], [0, 0]], [[−3, 0], [−3, 0]]⟩ = −6; columns at 45°, rows the same; the one entry that both have differs in sign.
    const [pair] = q!.pairs;
    expect(pair).toMatchObject({ a: "x", b: "y", signConflict: 1 });
    expect(pair!.cosine).toBeCloseTo(-6 / (2 * Math.sqrt(18)), 12);
    expect(pair!.left.angles).toBeAllClose([45], { rtol: 1e-12 });
    expect(pair!.right.angles).toBeAllClose([0], { atol: 1e-9 });
    expect(pairs).toEqual([
      {
        a: "x",
        b: "y",
        modules: 1,
        cosine: expect.closeTo(-6 / Math.sqrt(8 * 18), 12),
        left: { ...pair!.left, overlap: expect.closeTo(0.5, 12), randomOverlap: 0.5 },
        right: { ...pair!.right, overlap: expect.closeTo(1, 12), randomOverlap: 0.5 },
        signConflict: 1,
      },
    ]);
  });

  it("agrees with the dense updates", () => {
    const related = relatedModules(5, { ranks: [2, 3] });
    const report = inspectAdapters(
      related.map((module) => adapterOf({ "a.q": module })),
      { rows: 24 },
    );
    const [a, b] = related.map((module) => denseModule(module).data);
    const products = a!.map((value, i) => value * b![i]!);
    const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
    const [pair] = report.pairs;
    expect(pair!.cosine).toBeCloseTo(total(products) / Math.hypot(...a!) / Math.hypot(...b!), 10);
    const conflict = -total(products.filter((value) => value < 0)) / total(products.map(Math.abs));
    expect(pair!.signConflict).toBeCloseTo(conflict, 10);
    expect(report.adapters.map(({ norm }) => norm)).toBeAllClose([Math.hypot(...a!), Math.hypot(...b!)], {
      rtol: 1e-10,
    });
  });

  it("shows a shared A₀ as right spaces that agree, far from the baseline, over left ones that do not", () => {
    const start = gridMatrix("A0", 4, 64);
    const two = [0, 1].map((i) => adapterOf({ "a.q": moduleOf(gridMatrix(`B${i}`, 64, 4), start) }));
    const { left, right } = inspectAdapters(two).pairs[0]!;
    expect(right.overlap).toBeCloseTo(1, 12);
    expect(right.randomOverlap).toBe(4 / 64);
    expect(left.overlap).toBeLessThan(0.15);
  });

  it("says that a shared A₀ is no consensus, and what copies share", () => {
    const start = gridMatrix("A0", 4, 96);
    const random = [0, 1, 2].map((i) => adapterOf({ "a.q": moduleOf(gridMatrix(`B${i}`, 96, 4), start) }));
    const { consensus, modules, byLayer, sum } = inspectAdapters(random);
    expect(consensus).toMatchObject({
      meanRank: { left: 0, right: 4 },
      meanJointRank: { left: 0, right: 0 },
      findings: { "no consensus beyond A₀": 1 },
    });
    expect(modules[0]!.consensus.finding).toBe("no consensus beyond A₀");
    expect(byLayer[0]!.consensus).toEqual(consensus);
    expect(sum.normRetention.after).toBe(sum.normRetention.before);
    const copies = inspectAdapters([random[0]!, random[0]!]);
    expect(copies.consensus).toMatchObject({ meanJointRank: { left: 4, right: 4 }, findings: { shared: 1 } });
    expect(copies.sum.interference.before).toBeCloseTo(0, 9);
  });

  it("describes the plain sum: what is left of the norms, of each source, and what a rank loses", () => {
    const modules = [corner, moduleOf(matrix(2, 1, [0, 1]), matrix(1, 2, [0, 1]), 1)];
    const { sum, byType } = inspectAdapters(modules.map((module) => adapterOf({ "a.q": module })));
    // diag(2, 0) and diag(0, 1): √5 of 3 is left, and rank 1 loses the second.
    expect(sum.normRetention.before).toBeCloseTo(Math.sqrt(5) / 3, 12);
    expect(sum.interference.before).toBeCloseTo(4 / 9, 12);
    expect(sum.truncationError).toBeCloseTo(1 / Math.sqrt(5), 12);
    expect(sum.sources.map(({ retention }) => retention)).toBeAllClose([1, 0], { atol: 1e-9 });
    expect(byType[0]!.sum).toEqual(sum);
  });

  it("raises the norm that is left where it aligns", () => {
    const related = relatedModules(1).map((module) => adapterOf({ "a.q": module }));
    const { consensus, sum } = inspectAdapters(related);
    expect(consensus.findings.shared).toBe(1);
    const { report } = mergeAdapters(related, { method: "gam" });
    expect(sum.normRetention).toEqual(report.summary.normRetention);
    expect(sum.normRetention.after).not.toBe(sum.normRetention.before);
  });

  it("is in a merge's report when it is asked for, whatever the method", () => {
    const related = relatedModules(1).map((module) => adapterOf({ "layers.0.q": module }));
    const inspected = inspectAdapters(related, { names: ["a", "b", "c"] });
    for (const method of ["task_arithmetic", "ties", "linear", "gam"] as const) {
      const { report } = mergeAdapters(related, { method }, { names: ["a", "b", "c"], diagnose: true });
      const { pairs, consensus, byLayer, perModule, effectiveRanks, sum } = report.diagnostics!;
      expect(sum).toEqual(inspected.sum);
      expect(pairs).toEqual(inspected.pairs);
      expect(consensus).toEqual(inspected.consensus);
      expect(effectiveRanks).toEqual(inspected.adapters.map(({ effectiveRank }) => effectiveRank));
      expect(byLayer[0]!.pairs).toEqual(inspected.byLayer[0]!.pairs);
      expect(perModule[0]!.pairs[0]!.left.randomAngles).toHaveLength(3);
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    }
    expect(mergeAdapters(related, { method: "gam" }).report.diagnostics).toBeNull();
  });

  it("describes layers and types as if they were the whole", () => {
    const [a, b] = relatedModules(8, { ranks: [2, 3] });
    const paths = ["layers.1.q", "layers.1.k", "layers.0.q"];
    const three = [a!, b!].map((module) => adapterOf(Object.fromEntries(paths.map((path) => [path, module]))));
    const { pairs, byLayer, byType, adapters } = inspectAdapters(three, { rows: 24 });
    expect(byLayer.map(({ layer, modules }) => [layer, modules])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(byType.map(({ type, modules }) => [type, modules])).toEqual([
      ["k", 1],
      ["q", 2],
    ]);
    for (const group of [...byLayer, ...byType]) {
      expect(group.pairs[0]!.cosine).toBeCloseTo(pairs[0]!.cosine!, 12);
      expect(group.norms[0]).toBeCloseTo(adapters[0]!.norm * Math.sqrt(group.modules / 3), 10);
    }
  });

  it("samples the same rows again, and others from another seed", () => {
    const two = relatedModules(6, { ranks: [3, 3] }).map((module) => adapterOf({ "a.q": module }));
    const at = (seed: number) => inspectAdapters(two, { rows: 3, seed }).pairs[0]!.signConflict;
    expect(at(1)).toBe(at(1));
    expect(at(1)).not.toBe(at(2));
  });

  it("keeps apart adapters of one name, and writes JSON", () => {
    const report = inspectAdapters([x, y, x], { names: ["x", "x", "x"] });
    expect(report.pairs.map(({ cosine }) => cosine)).toBeAllClose([-0.5, 1, -0.5], { rtol: 1e-12 });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("has null where an update is zero, and no pairs of one adapter", () => {
    const zero = adapterOf({ "a.q": { ...corner, B: Float32Array.of(0, 0) } });
    const { pairs, modules } = inspectAdapters([adapterOf({ "a.q": corner }), zero]);
    expect(pairs[0]).toMatchObject({ cosine: null, signConflict: null, left: { overlap: null } });
    expect(modules[0]!.updates[1]).toMatchObject({ numericalRank: 0, effectiveRank: 0, norm: 0, spectralNorm: 0 });
    expect(inspectAdapters([x]).pairs).toEqual([]);
  });

  it("refuses NaN, other shapes, and options that make no sense", () => {
    const bad = adapterOf({ "a.q": { ...corner, scale: Number.NaN } });
    expect(() => inspectAdapters([x, bad])).toThrow("adapter 2: a.q.scale");
    const wide = adapterOf({ "a.q": moduleOf(matrix(2, 1), matrix(1, 3)) });
    expect(() => inspectAdapters([x, wide])).toThrow(expect.objectContaining({ code: "E_ADAPTERS" }));
    expect(() => inspectAdapters([x], { rows: 0, draws: 0 })).toThrow(/rows: .*\n {2}draws: /);
    expect(() => inspectAdapters([x], { names: ["x", "y"] })).toThrow(expect.objectContaining({ code: "E_OPTIONS" }));
  });
});
