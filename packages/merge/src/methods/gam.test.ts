import { add, frobeniusNorm, hcat, multiply, scale, subtract, transpose } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import { initialFactor } from "@prefdelta/lora";
import { createRandom } from "@prefdelta/random";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  adapterOf,
  denseModule,
  gridMatrix,
  moduleOf,
  relatedModules,
  rotation,
} from "../__fixtures__/make-modules.ts";
import { mergeAdapters, type MergeInputs } from "../merge-adapters.ts";
import type { MergeOptions } from "../merge-options.ts";

const seeds = fc.integer({ min: 0, max: 1e6 });
const runs = { numRuns: 8 };
const [OUT, IN, RANK] = [96, 96, 4];

/** A₀ as training with this seed draws it. */
const initialOf = (seed: number): Matrix => ({
  rows: RANK,
  cols: IN,
  data: Float64Array.from(initialFactor(createRandom(seed).fork("a.q"), { rank: RANK, inFeatures: IN })),
});

/** Adapters that began at one A₀; their steps of A away from it, and their B, are as given. */
function trained(steps: readonly Matrix[], Bs: readonly Matrix[], seed = 7) {
  return steps.map((step, i) => ({
    ...adapterOf({ "a.q": moduleOf(Bs[i]!, add(initialOf(seed), step)) }),
    metadata: new Map([["a0_seed", String(seed)]]),
  }));
}

type Shape = readonly [rows: number, cols: number];

const unrelated = (name: string, [rows, cols]: Shape, size: number): Matrix[] =>
  [0, 1, 2].map((i) => scale(gridMatrix(`${name} ${i}`, rows, cols), size));

/** One direction on either side in all, at `spread` from one another, and others of their own. */
function rotated(name: string, shape: Shape, { size = 1, spread = 0.2 } = {}): Matrix[] {
  const common = gridMatrix(`${name} common`, ...shape);
  return unrelated(name, shape, spread).map((noise) => scale(add(common, noise), size));
}

const merge = (adapters: Parameters<typeof mergeAdapters>[0], options: MergeOptions, inputs?: MergeInputs) => {
  const { adapter, report } = mergeAdapters(adapters, options, inputs);
  return { module: adapter.modules.get("a.q")!, report, dense: denseModule(adapter.modules.get("a.q")!) };
};

const apart = (one: Matrix, two: Matrix): number => frobeniusNorm(subtract(one, two)) / frobeniusNorm(two);

describe("the drift form", () => {
  it("with a shared A₀ and random B is task arithmetic, to the byte, where A stayed and where it drifted", () => {
    const property = fc.property(seeds, fc.constantFrom(0, 0.03), (seed, drift) => {
      const adapters = trained(unrelated(`${seed} step`, [RANK, IN], drift), unrelated(`${seed} B`, [OUT, RANK], 1));
      const plain = merge(adapters, { method: "task_arithmetic" });
      const found = merge(adapters, { method: "gam", form: "drift" });
      expect(found.module).toEqual(plain.module);
      expect(found.report.summary.consensus!.findings).toMatchObject({ "no consensus beyond A₀": 1, shared: 0 });
      expect(found.report.summary.sources.map(({ displacement }) => displacement)).toEqual([0, 0, 0]);
    });
    fc.assert(property, runs);
  });

  it("aligns directions that drift and B share beyond A₀, and says so", () => {
    const property = fc.property(seeds, (seed) => {
      const adapters = trained(rotated(`${seed} step`, [RANK, IN], { size: 0.03 }), rotated(`${seed} B`, [OUT, RANK]));
      const plain = merge(adapters, { method: "task_arithmetic" });
      const found = merge(adapters, { method: "gam", form: "drift" });
      expect(found.report.summary.consensus!.findings.shared).toBe(1);
      expect(apart(found.dense, plain.dense)).toBeGreaterThan(1e-3);
      // B A₀ is added as it is: what moved is of the size of the drift.
      const drift = adapters.reduce((sum, { modules }) => {
        const { A, B } = modules.get("a.q")!;
        const step = subtract({ rows: RANK, cols: IN, data: Float64Array.from(A) }, initialOf(7));
        return sum + frobeniusNorm(multiply({ rows: OUT, cols: RANK, data: Float64Array.from(B) }, step));
      }, 0);
      expect(frobeniusNorm(subtract(found.dense, plain.dense))).toBeLessThan(drift);
    });
    fc.assert(property, runs);
  });

  it("keeps what the angle gate on the whole updates deletes: the drift of unrelated adapters", () => {
    const adapters = trained(unrelated("step", [RANK, IN], 0.03), unrelated("B", [OUT, RANK], 1));
    const plain = merge(adapters, { method: "task_arithmetic" });
    expect(apart(merge(adapters, { method: "gam", gate: "angle" }).dense, plain.dense)).toBeGreaterThan(0.1);
    expect(apart(merge(adapters, { method: "gam", gate: "angle", form: "drift" }).dense, plain.dense)).toBeLessThan(
      1e-6,
    );
  });

  it.each(["joint", "angle", "none"] as const)("from A₀ = 0 is the whole form, gate %s", (gate) => {
    const property = fc.property(seeds, (seed) => {
      const modules = relatedModules(seed);
      const adapters = modules.map((module) => adapterOf({ "a.q": module }));
      const zero = adapterOf({ "a.q": { ...modules[0]!, A: new Float32Array(modules[0]!.A.length) } });
      const whole = merge(adapters, { method: "gam", gate, rank: 9 });
      const drift = merge(adapters, { method: "gam", gate, form: "drift", rank: 9 }, { initial: zero });
      expect(apart(drift.dense, whole.dense)).toBeLessThan(1e-6);
    });
    fc.assert(property, runs);
  });

  it("at t = 0 is task arithmetic; of copies, as a mean, is the adapter; and does not see the order", () => {
    const steps = rotated("step", [RANK, IN], { size: 0.03 });
    const adapters = trained(steps, rotated("B", [OUT, RANK]));
    const plain = merge(adapters, { method: "task_arithmetic" });
    expect(merge(adapters, { method: "gam", form: "drift", t: 0 }).module).toEqual(plain.module);
    const copies = [adapters[0]!, adapters[0]!, adapters[0]!];
    const mean = merge(copies, { method: "gam", form: "drift", normalise: "mean" });
    expect(apart(mean.dense, denseModule(adapters[0]!.modules.get("a.q")!))).toBeLessThan(1e-6);
    const [one, other] = [adapters, adapters.toReversed()].map((given) =>
      merge(given, { method: "gam", form: "drift" }),
    );
    expect(apart(one!.dense, other!.dense)).toBeLessThan(1e-6);
  });

  it("turns with its space", () => {
    const [steps, Bs] = [rotated("step", [RANK, IN], { size: 0.03 }), rotated("B", [OUT, RANK])];
    const [O1, O2] = [rotation("O1", OUT), rotation("O2", IN)];
    const As = steps.map((step) => add(initialOf(7), step));
    const initial = (A: Matrix) => adapterOf({ "a.q": moduleOf(Bs[0]!, A) });
    const of = (factors: readonly Matrix[], written: readonly Matrix[]) =>
      factors.map((A, i) => adapterOf({ "a.q": moduleOf(written[i]!, A) }));
    const options = { method: "gam", form: "drift", gate: "angle" } as const;
    const plain = merge(of(As, Bs), options, { initial: initial(initialOf(7)) });
    const turnedA = As.map((A) => multiply(A, O2, { transB: true }));
    const turnedB = Bs.map((B) => multiply(O1, B));
    const start = multiply(initialOf(7), O2, { transB: true });
    const turned = merge(of(turnedA, turnedB), options, { initial: initial(start) });
    expect(apart(turned.dense, multiply(multiply(O1, plain.dense), transpose(O2)))).toBeLessThan(1e-5);
  });

  it("refuses adapters whose A₀ nothing says, all at once", () => {
    const adapters = trained(unrelated("step", [RANK, IN], 0.1), unrelated("B", [OUT, RANK], 1));
    const without = [
      adapters[0]!,
      { ...adapters[1]!, metadata: new Map() },
      { ...adapters[2]!, metadata: new Map([["a0_seed", "x"]]) },
    ];
    expect(() => mergeAdapters(without, { method: "gam", form: "drift" }, { names: ["x", "y", "z"] })).toThrow(
      /^2 problems\n {2}y: form drift: expected the seed of A₀.*found none\n {2}z: .*found x$/,
    );
    const other = adapterOf({ "a.q": moduleOf(gridMatrix("B", OUT, 2), gridMatrix("A", 2, IN)) });
    expect(() => mergeAdapters(adapters, { method: "gam", form: "drift" }, { initial: other })).toThrow(
      "initial adapter: a.q: expected an A of 4 × 96, found 2 × 96",
    );
    expect(() => mergeAdapters(adapters, { method: "gam", form: "drift" }, { initial: adapterOf({}) })).toThrow(
      "found none",
    );
  });
});

describe("under a shared A₀", () => {
  it.each(["whole", "drift"] as const)("what B shares at an angle is aligned, form %s", (form) => {
    const property = fc.property(seeds, (seed) => {
      // One written direction at an angle, the others unrelated; the drift of A is one direction too.
      const [write, step] = [rotated(`${seed} B`, [OUT, 1]), rotated(`${seed} step`, [1, IN], { size: 0.03 })];
      const own = unrelated(`${seed} own`, [OUT, RANK - 1], 0.3);
      const Bs = write.map((column, i) => hcat([column, own[i]!]));
      const steps = step.map((row) => ({
        rows: RANK,
        cols: IN,
        data: Float64Array.from([...row.data, ...new Float64Array((RANK - 1) * IN)]),
      }));
      const { summary } = merge(trained(steps, Bs), { method: "gam", form }).report;
      expect(summary.consensus!.findings.shared).toBe(1);
      expect(summary.consensus!.meanJointRank!.left).toBe(1);
      expect(summary.normRetention.after).toBeGreaterThan(summary.normRetention.before!);
    });
    fc.assert(property, runs);
  });
});

describe("the reference frame", () => {
  it("leaves the reference where it is, and depends on which it is", () => {
    const adapters = relatedModules(3).map((module) => adapterOf({ "a.q": module }));
    const displaced = (reference: number, given = adapters) =>
      merge(given, { method: "gam", gate: "angle", frame: "reference", reference }).report.summary.sources.map(
        ({ displacement }) => displacement! > 1e-6,
      );
    expect(displaced(0)).toEqual([false, true, true]);
    expect(displaced(2)).toEqual([true, true, false]);
    // A module that it lacks is not turned.
    const elsewhere = adapterOf({ "b.k": relatedModules(3)[0]! });
    expect(displaced(3, [...adapters, elsewhere])).toEqual([false, false, false, false]);
  });
});

describe("an inner aggregator", () => {
  const adapters = relatedModules(4).map((module) => adapterOf({ "a.q": module }));

  it("dare at density 1 is the sum of the aligned updates, and says nothing of displacements", () => {
    const mean = merge(adapters, { method: "gam", gate: "angle" });
    const dare = merge(adapters, { method: "gam", gate: "angle", aggregate: "dare", density: 1 });
    expect(apart(dare.dense, mean.dense)).toBeLessThan(1e-6);
    expect(dare.report.summary.consensus).toEqual(mean.report.summary.consensus);
    expect(dare.report.summary.sources[0]!.displacement).toBeNull();
  });

  it("without alignment is Core Space's", () => {
    for (const aggregate of ["ties", "dare"] as const) {
      const core = merge(adapters, { method: "core", aggregate });
      expect(apart(merge(adapters, { method: "gam", t: 0, aggregate }).dense, core.dense)).toBeLessThan(1e-6);
    }
  });
});
