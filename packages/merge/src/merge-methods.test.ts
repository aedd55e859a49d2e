import { matrix, multiply } from "@prefdelta/linalg";
import type { Adapter, LoraModule } from "@prefdelta/lora";
import { describe, expect, it } from "vitest";
import { adapterOf, denseModule, moduleOf, relatedModules } from "./__fixtures__/make-modules.ts";
import { mergeAdapters } from "./merge-adapters.ts";
import { mergeOptionsSchema, type MergeOptions } from "./merge-options.ts";

/** A rank-1 adapter of one 2 × 2 module. */
const rankOne = (B: number[], A: number[], scale = 1): Adapter =>
  adapterOf({ "a.q": moduleOf(matrix(2, 1, B), matrix(1, 2, A), scale) });
const merged = (adapters: readonly Adapter[], options: MergeOptions): number[] =>
  [...denseModule(mergeAdapters(adapters, options).adapter.modules.get("a.q")!).data].map(
    (value) => Math.round(value * 1e5) / 1e5 + 0,
  );

/** [[4, 0], [0, 0]] and [[0, 0], [0, 1]]: orthogonal on either side. */
const [corner, other] = [rankOne([2, 0], [2, 0]), rankOne([0, 1], [0, 1])];
/** [[1, 2], [1, 2]] and [[3, -4], [0, 0]]: they agree in one entry, and conflict in another. */
const [rows, top] = [rankOne([1, 1], [1, 2]), rankOne([1, 0], [3, -4])];

describe("by hand", () => {
  it.each<[MergeOptions, number[]]>([
    [{ method: "iso_c" }, [2.5, 0, 0, 2.5]],
    [{ method: "tsv" }, [4, 0, 0, 1]],
    [{ method: "slerp" }, [4 * Math.SQRT1_2, 0, 0, Math.SQRT1_2]],
    [{ method: "slerp", t: 0 }, [4, 0, 0, 0]],
    // Halfway between the two directions, of the length 4 + 1.
    [{ method: "karcher" }, [5 * Math.SQRT1_2, 0, 0, 5 * Math.SQRT1_2]],
    [{ method: "knots", aggregate: "mean" }, [4, 0, 0, 1]],
    [{ method: "ctm", basisRank: 1 }, [4, 0, 0, 0]],
    // √ of both factors of each, and the cross terms that come of it.
    [{ method: "linear" }, [4, 2, 2, 1]],
    // Means of both factors, times 2. A rank of 1 has no other rotation than 1.
    [{ method: "fedrot" }, [2, 1, 1, 0.5]],
    // A summed, B averaged.
    [{ method: "robustmerge", density: 1 }, [2, 1, 1, 0.5]],
    // One unit out of two: their mean, [1, 1/2; 1, 1/2], as long as they are on average, 3/2; B times √2.
    [{ method: "lego" }, [2.25, 1.125, 1.125, 0.5625].map((value) => value * Math.SQRT2)],
    [{ method: "lego", clusters: 2 }, [4, 0, 0, 1]],
  ])("of an orthogonal pair, %j is %j", (options, expected) => {
    expect(merged([corner, other], options)).toBeAllClose(expected, { atol: 1e-4 });
  });

  it.each<[MergeOptions, number[]]>([
    [{ method: "ties", density: 1 }, [2, -4, 1, 2]],
    [{ method: "ties", density: 0.5 }, [3, -4, 0, 2]],
    [{ method: "ties", density: 1, majoritySign: "frequency" }, [2, 2, 1, 2]],
    [{ method: "magnitude_prune", density: 0.5 }, [3, -2, 0, 2]],
    // Both 2 are outliers, being equal.
    [{ method: "breadcrumbs", density: 0.5, gamma: 0.25 }, [4, 0, 1, 0]],
    [{ method: "dare_linear", density: 1 }, [4, -2, 1, 2]],
    [{ method: "dare_ties", density: 1, dialect: "mergekit" }, [4, -4, 1, 2]],
    // Shares 10 : 25 by energy.
    [{ method: "sce" }, [(1 * 10 + 3 * 25) / 35, -4, 1, 2]],
  ])("of a pair in conflict, %j is %j", (options, expected) => {
    expect(merged([rows, top], { ...options, rank: 2 })).toBeAllClose(expected, { atol: 1e-4 });
  });

  it.each<[MergeOptions, number[]]>([
    [{ method: "linear" }, [16 + 3, 4, 4, 1]],
    // A: [[0, 1], [1, 0]] turned by 90° to [[1, 0], [0, −1]], which is nearest to [[2, 0], [0, 0]]; B along.
    [{ method: "fedrot" }, [11 * 1.5, 0, 0, 0.5]],
    // The second row of A is one adapter's alone, and counts whole.
    [{ method: "robustmerge", density: 1 }, [8 + 3, 4, 1, 0.5]],
  ])("of ranks 1 and 2, filled up with zeros, each with its own scale, %j is %j", (options, expected) => {
    // 4 · [[4, 0], [0, 0]] and [[3, 0], [0, 1]]
    const both = adapterOf({ "a.q": moduleOf(matrix(2, 2, [0, 3, 1, 0]), matrix(2, 2, [0, 1, 1, 0])) });
    const given = [rankOne([2, 0], [2, 0], 4), both];
    expect(merged(given, options)).toBeAllClose(expected, { atol: 1e-4 });
    expect(mergeAdapters(given, options).adapter.modules.get("a.q")!.rank).toBe(2);
  });

  it("keeps λ, mean and signs of weights apart from the method", () => {
    const options: MergeOptions = {
      method: "ties",
      density: 1,
      normalise: "mean",
      weights: [1, -3],
      scale: 2,
      rank: 2,
    };
    // Signs of unweighted sums; values times ¼ and −¾, divided by how many agree; twice that.
    expect(merged([rows, top], options)).toBeAllClose([0.25 - 2.25, 6, 0.5, 1], { atol: 1e-4 });
  });
});

describe("fedrot", () => {
  const [first] = relatedModules(2);
  const turned = (angle: number, by = 1): LoraModule => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const R = matrix(3, 3, [cos, -sin, 0, sin, cos, 0, 0, 0, by]);
    const { outFeatures, inFeatures, A, B } = first!;
    return moduleOf(multiply(matrix(outFeatures, 3, B), R), multiply(R, matrix(3, inFeatures, A), { transA: true }));
  };
  const mean = (modules: readonly LoraModule[], options: object = {}): number => {
    const adapters = modules.map((module) => adapterOf({ "a.q": module }));
    const { adapter } = mergeAdapters(adapters, { method: "fedrot", normalise: "mean", ...options } as MergeOptions);
    const expected = denseModule(first!).data;
    const found = denseModule(adapter.modules.get("a.q")!).data;
    return Math.hypot(...found.map((value, i) => value - expected[i]!)) / Math.hypot(...expected);
  };

  it.each(["A", "B"])("takes adapters whose factors are turned for one, aligned on %s", (side) => {
    expect(mean([first!, turned(1), turned(2)], { side })).toBeLessThan(1e-5);
    expect(mean([first!, turned(1), turned(2)], { side, reference: 2 })).toBeLessThan(1e-5);
    // Half the rotation leaves some of it, and a mirror image is no rotation.
    expect(mean([first!, turned(1), turned(2)], { side, rotation: 0.5 })).toBeGreaterThan(0.01);
    expect(mean([first!, turned(1, -1)], { side })).toBeGreaterThan(0.01);
  });
});

it("robustmerge gives a row of A that is pruned to nothing no share", () => {
  // Of four entries of A the largest is kept, and of B's: the second row of A is gone, and with it B's second column.
  const module = moduleOf(matrix(2, 2, [5, 0, 0, 6]), matrix(2, 2, [4, 1, 1, 2]));
  expect(merged([adapterOf({ "a.q": module })], { method: "robustmerge", density: 0.25 })).toEqual([0, 0, 0, 0]);
  const all = merged([adapterOf({ "a.q": module })], { method: "robustmerge", density: 0.5 });
  expect(all).toBeAllClose([20, 0, 0, 12]);
});

it("robustmerge prunes an adapter of lower rank by its own entries, not by those that fill it up", () => {
  const both = adapterOf({ "a.q": moduleOf(matrix(2, 2, [0, 3, 1, 0]), matrix(2, 2, [0, 1, 1, 0])) });
  // [2, 1] of rank 1 keeps one entry, 2, and has lost a third: shares 1.5 : 1 of the first row.
  const found = merged([rankOne([2, 1], [2, 1]), both], { method: "robustmerge", density: 0.5 });
  expect(found).toBeAllClose([1.2 * 2 + 3, 1.2, 0.4 * 2, 0.4], { atol: 1e-4 });
});

describe("a method of entries below the rank of its result", () => {
  const adapters = relatedModules(1).map((module) => adapterOf({ "a.q": module }));

  it("says what is lost, which cannot be avoided, and stores that rank", () => {
    const { adapter, report } = mergeAdapters(adapters, { method: "ties", rank: 4 });
    expect(adapter.modules.get("a.q")!.rank).toBe(4);
    const [module] = report.modules;
    expect(module!.truncationError).toBeGreaterThan(0.1);
    expect(module!.leastTruncationError).toBeLessThanOrEqual(module!.truncationError);
    expect(module!.leastTruncationError).toBeGreaterThan(0.9 * module!.truncationError);
    const all = mergeAdapters(adapters, { method: "ties", rank: 20 });
    const whole = denseModule(all.adapter.modules.get("a.q")!).data;
    const stored = denseModule(adapter.modules.get("a.q")!).data;
    const lost = Math.hypot(...whole.map((value, i) => value - stored[i]!)) / Math.hypot(...whole);
    expect(module!.truncationError).toBeCloseTo(lost, 5);
    expect(all.report.summary.truncationError).toBeLessThan(1e-6);
    expect(module!.sources.every(({ displacement }) => displacement === null)).toBe(true);
  });

  it("draws by seed, and the same again", () => {
    const drawn = (seed: number) => mergeAdapters(adapters, { method: "dare_ties", seed }).adapter.modules;
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });
});

describe("refuses", () => {
  const three = relatedModules(1, { ranks: [2, 2, 3] }).map((module) => adapterOf({ "a.q": module }));

  it("a number of adapters that the method has no meaning for", () => {
    expect(() => mergeAdapters(three, { method: "slerp" })).toThrow("slerp: expected 2 adapters, found 3");
    expect(() => mergeAdapters(three.slice(1, 2), { method: "slerp" })).toThrow(
      expect.objectContaining({ code: "E_ADAPTERS" }),
    );
  });

  it.each(["ties", "dare_linear", "dare_ties", "magnitude_prune"] as const)(
    "factors of different ranks where PEFT's result is asked for, %s",
    (method) => {
      const options: MergeOptions = { method, peftCompat: true };
      expect(() => mergeAdapters(three, options)).toThrow(
        /^a\.q: peftCompat: expected adapters of one rank, as PEFT does, found 2, 2, 3$/,
      );
      const { adapter, report } = mergeAdapters(three.slice(0, 2), options);
      expect(adapter.modules.get("a.q")!.rank).toBe(2);
      expect(report.summary.truncationError).toBe(0);
    },
  );

  it.each([{ method: "fedrot" }, { method: "gam", frame: "reference" }] as const)(
    "a reference that is none of the adapters, %j",
    (options) => {
      expect(() => mergeAdapters(three, { ...options, reference: 3 })).toThrow(
        /^reference: expected the place of one of 3 adapters, from 0, found 3$/,
      );
    },
  );

  it("probabilities of della outside (0, 1)", () => {
    expect(() => mergeAdapters(three, { method: "della", density: 0.1 })).toThrow(
      /^epsilon: expected density ± epsilon/,
    );
  });

  it.each([
    { method: "ties", density: 0 },
    { method: "breadcrumbs", gamma: 1 },
    { method: "knots", aggregate: "median" },
    { method: "linear", density: 0.5 },
    { method: "della", peftCompat: true },
  ])("%j", (options) => {
    expect(mergeOptionsSchema.safeParse(options).success).toBe(false);
  });
});

it("an adapter without the module counts as zero for slerp, and takes its share", () => {
  const both = { ...corner, modules: new Map([...corner.modules, ["b.k", corner.modules.get("a.q")!]]) };
  const { adapter } = mergeAdapters([both, other], { method: "slerp", t: 0.25 });
  expect(denseModule(adapter.modules.get("b.k")!).data).toBeAllClose([3, 0, 0, 0]);
  const swapped = mergeAdapters([other, both], { method: "slerp", t: 0.25 });
  expect(denseModule(swapped.adapter.modules.get("b.k")!).data).toBeAllClose([1, 0, 0, 0]);
});
