import { matrix } from "@prefdelta/linalg";
import { describe, expect, it } from "vitest";
import { adapterOf, moduleOf } from "./__fixtures__/make-modules.ts";
import { properties } from "./__fixtures__/method-properties.ts";
import { mergeAdapters } from "./merge-adapters.ts";
import { mergeMethods, type MergeMethodName, type MergeOptions } from "./merge-options.ts";

type Name = keyof typeof properties;

interface Row {
  readonly options: MergeOptions;
  /** Properties that it does not have; all others it has. */
  readonly fails: readonly Name[];
  /** Where there is no one answer: rounding decides, and nothing is claimed. */
  readonly undetermined?: readonly Name[];
  /** Weights that make one adapter of its copies: 1/k each for sums, 1 each for means. */
  readonly copies?: "1";
}

/** Masks are drawn by place and row: they differ from adapter to adapter, and an adapter is not the sum of what is left of it. */
const random: readonly Name[] = ["single", "copies", "permutation", "transpose", "opposites", "orthogonal"];
/** Of an adapter and its opposite, the elected sign keeps one. */
const elected: readonly Name[] = ["opposites", "orthogonal"];
const trimmed: readonly Name[] = ["single", "copies", "orthogonal"];

const rows: readonly Row[] = [
  { options: { method: "task_arithmetic" }, fails: [] },
  { options: { method: "gam" }, fails: [] },
  { options: { method: "gam", gate: "angle" }, fails: [] },
  { options: { method: "gam", gate: "angle", frame: "karcher" }, fails: [] },
  // The first adapter is the reference.
  { options: { method: "gam", gate: "angle", frame: "reference" }, fails: ["permutation"] },
  // Procrustes turns what only one has onto others' directions; a zero adapter has none, and no say.
  { options: { method: "gam", gate: "none" }, fails: ["orthogonal"], undetermined: ["degenerate"] },
  // As core with ties: a sum of rounding decides.
  {
    options: { method: "gam", aggregate: "ties" },
    copies: "1",
    fails: ["opposites"],
    undetermined: ["orthogonal", "degenerate"],
  },
  // On the updates' subspaces.
  { options: { method: "knots", aggregate: "mean" }, fails: [] },
  // One side only is put into a common basis, and trimming depends on which vectors make it up: where singular values are equal, rounding decides.
  {
    options: { method: "knots", density: 0.3 },
    copies: "1",
    fails: ["single", "copies", "transpose", "opposites"],
    undetermined: ["orthogonal", "degenerate"],
  },
  { options: { method: "knots", aggregate: "dare" }, fails: [...random, "degenerate"] },
  { options: { method: "core", aggregate: "mean" }, fails: [] },
  // Whether what one adapter lacks is zero or a rounding of it decides how many are averaged.
  { options: { method: "core" }, copies: "1", fails: ["opposites"], undetermined: ["orthogonal", "degenerate"] },
  { options: { method: "core", aggregate: "dare" }, fails: random, undetermined: ["degenerate"] },
  // Bases of as few directions as one adapter has do not hold two unrelated ones.
  { options: { method: "ctm", tolerance: 1e-12, rounds: 1000 }, fails: ["orthogonal"], undetermined: ["degenerate"] },
  { options: { method: "ctm", basisRank: 9 }, fails: [] },
  // Copies share directions, which are counted once: 1/k of the sum is left.
  { options: { method: "tsv" }, fails: ["copies"] },
  { options: { method: "iso_c" }, fails: ["single", "copies", "orthogonal"] },
  { options: { method: "iso_cts" }, fails: ["single", "copies", "orthogonal"] },
  // A mean of factors: what one adapter alone has shrinks twice. Between an update and its opposite, and where singular values are equal, no
  // rotation is nearest.
  { options: { method: "gpa" }, fails: ["orthogonal", "zero"], undetermined: ["opposites", "degenerate"] },
  { options: { method: "slerp" }, copies: "1", fails: ["single", "orthogonal", "zero"] },
  // The mean length on one direction: shorter than the sum of orthogonal ones.
  { options: { method: "karcher" }, fails: ["orthogonal"] },
  // On the entries of the updates.
  { options: { method: "ties" }, copies: "1", fails: [...trimmed, "opposites"] },
  { options: { method: "ties", density: 1 }, copies: "1", fails: elected },
  { options: { method: "ties", density: 1, dialect: "mergekit" }, copies: "1", fails: elected },
  { options: { method: "ties", density: 1, dialect: "original" }, copies: "1", fails: elected },
  { options: { method: "dare_linear" }, fails: random },
  { options: { method: "dare_linear", dialect: "mergekit" }, fails: random },
  { options: { method: "dare_linear", density: 1 }, fails: [] },
  { options: { method: "dare_ties" }, copies: "1", fails: random },
  { options: { method: "dare_ties", dialect: "mergekit" }, fails: random },
  { options: { method: "della" }, copies: "1", fails: random },
  { options: { method: "della", dialect: "mergekit" }, copies: "1", fails: random },
  { options: { method: "magnitude_prune" }, fails: trimmed },
  { options: { method: "breadcrumbs", density: 0.4 }, fails: trimmed },
  { options: { method: "sce" }, copies: "1", fails: elected },
  // Entries on which adapters agree have no variance, and are not selected; a zero adapter adds some.
  { options: { method: "sce", density: 0.5 }, copies: "1", fails: ["copies", "orthogonal", "opposites", "zero"] },
  // On the factors, as PEFT: cross terms, other results for other factors of the same update.
  { options: { method: "linear" }, fails: ["copies", "gauge", "orthogonal", "zero", "degenerate"] },
  // Aligned with the first adapter, on one side, by rotations: what is left of the gauge is more than they undo.
  {
    options: { method: "fedrot" },
    fails: ["gauge", "permutation", "transpose", "orthogonal", "zero", "degenerate"],
  },
  {
    options: { method: "fedrot", side: "B", rotation: 0.5 },
    fails: ["gauge", "permutation", "transpose", "orthogonal", "zero", "degenerate"],
  },
  // A is summed and B averaged.
  {
    options: { method: "robustmerge", density: 1 },
    fails: ["gauge", "orthogonal", "zero", "degenerate"],
  },
  // A share of what an adapter has; zeros that are stored count among it.
  {
    options: { method: "robustmerge", density: 0.5 },
    fails: ["single", "copies", "gauge", "transpose", "orthogonal", "zero", "mixedRanks", "degenerate"],
  },
  // √(K / r) makes up for unrelated units, counts copies √k times, and units of zeros among them. The tightest clusters may not be found in every order.
  {
    options: { method: "lego" },
    fails: ["copies", "gauge", "opposites", "orthogonal", "zero", "mixedRanks", "degenerate"],
    undetermined: ["permutation", "transpose"],
  },
  {
    // Refuses mixed ranks, as PEFT does.
    options: { method: "ties", density: 0.5, peftCompat: true },
    copies: "1",
    fails: ["single", "copies", "gauge", "orthogonal", "zero", "mixedRanks", "degenerate"],
  },
];

/** Beyond rounding and its amplification by the SVD of near-equal values; what fails, fails by far more. */
const [HOLDS, FAILS] = [1e-9, 1e-3];
const seeds = [0, 1];

describe.each(rows.map((row): Row & { name: string } => ({ ...row, name: JSON.stringify(row.options) })))(
  "$name",
  ({ options, fails, copies, undetermined = [] }) => {
    const count = options.method === "slerp" ? 2 : 3;
    const distances = (name: Name): number[] =>
      seeds.map((seed) => properties[name]({ options, copies: copies ?? "1/k", count, seed }));

    it.each((Object.keys(properties) as Name[]).filter((name) => !undetermined.includes(name)))("%s", (name) => {
      if (!fails.includes(name)) expect(Math.max(...distances(name))).toBeLessThan(HOLDS);
      else if (isRefused(options, name))
        expect(() => distances(name)).toThrow("peftCompat: expected adapters of one rank");
      else expect(Math.max(...distances(name))).toBeGreaterThan(FAILS);
    });
  },
);

const isRefused = (options: MergeOptions, name: Name): boolean =>
  name === "mixedRanks" && "peftCompat" in options && options.peftCompat === true;

it("has a row for every method", () => {
  expect([...new Set(rows.map(({ options }) => options.method))].toSorted()).toEqual(
    Object.keys(mergeMethods).toSorted(),
  );
});

describe.each(Object.keys(mergeMethods) as MergeMethodName[])("%s", (method) => {
  const good = moduleOf(matrix(2, 1, [1, 2]), matrix(1, 2, [1, 0]));
  it.each([Number.NaN, Infinity])("refuses %s, by name of the tensor", (value) => {
    const bad = { ...good, B: Float32Array.of(0, value) };
    expect(() =>
      mergeAdapters([adapterOf({ "a.q": good }), adapterOf({ "a.q": bad })], { method }, { names: ["x", "y"] }),
    ).toThrow(`y: a.q.lora_B.weight: expected finite numbers, found ${value} at 1`);
  });

  it("stores what the report says, λ included, and zeros of zeros", () => {
    const two = [
      adapterOf({ "a.q": good }),
      adapterOf({ "a.q": moduleOf(matrix(2, 1, [3, -1]), matrix(1, 2, [1, 2])) }),
    ];
    const { adapter, report } = mergeAdapters(two, { method, scale: 0.5 });
    const { A, B, rank, scale } = adapter.modules.get("a.q")!;
    const stored = [0, 1].flatMap((o) =>
      [0, 1].map(
        (i) => scale * Array.from({ length: rank }, (_, j) => B[o * rank + j]! * A[2 * j + i]!).reduce((a, b) => a + b),
      ),
    );
    expect(Math.hypot(...stored)).toBeCloseTo(report.summary.norm, 5);
    expect(report.summary.leastTruncationError).toBeLessThanOrEqual(report.summary.truncationError);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    const zero = adapterOf({ "a.q": moduleOf(matrix(2, 1), matrix(1, 2, [1, 1])) });
    expect(mergeAdapters([zero, zero], { method }).report.summary.norm).toBe(0);
  });
});
