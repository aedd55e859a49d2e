import { readFileSync } from "node:fs";
import type { Adapter, LoraModule } from "@prefdelta/lora";
import { describe, expect, it } from "vitest";
import { adapterOf } from "../__fixtures__/make-modules.ts";
import { mergeAdapters } from "../merge-adapters.ts";
import type { MergeOptions } from "../merge-options.ts";
import type { MergeDescription } from "../report/merge-statistics.ts";
import type { SpanComparison } from "./compare-spans.ts";
import type { GroupDiagnostics } from "./describe-inspection.ts";
import { inspectAdapters } from "./inspect-adapters.ts";
import type { UpdateReport } from "./inspect-module.ts";

interface Pair {
  readonly places: readonly [number, number];
  readonly modules?: number;
  readonly cosine: number;
  readonly left: SpanComparison;
  readonly right: SpanComparison;
  readonly signConflict: number;
}

interface Described extends Pick<MergeDescription, "norm" | "normRetention" | "interference" | "truncationError"> {
  readonly retentions: number[];
  readonly projections: number[];
  readonly cosines: number[][];
}

interface Group extends Pick<GroupDiagnostics, "norms" | "effectiveRanks"> {
  readonly pairs: readonly Pair[];
  /** Adapters that have any module of the group. */
  readonly present: readonly number[];
  readonly sum: Described;
}

interface Golden {
  readonly adapters: readonly Record<
    string,
    { rank: number; out: number; in: number; scale: number; A: number[]; B: number[] }
  >[];
  readonly modules: Readonly<
    Record<string, { updates: Omit<UpdateReport, "name">[]; pairs: Pair[]; eigenvalues: [number[], number[]] }>
  >;
  readonly byLayer: Readonly<Record<string, Group>>;
  readonly byType: Readonly<Record<string, Group>>;
  readonly whole: Group;
  readonly merges: readonly {
    readonly adapters: readonly number[];
    readonly module?: string;
    readonly options: MergeOptions;
    readonly report: Described;
    readonly displacements: number[];
  }[];
}

// Made by tooling/peers/inspect_golden.py from full matrices in numpy.
const text = readFileSync(new URL("../__fixtures__/inspect.json", import.meta.url), "utf8");
const golden = JSON.parse(text) as Golden;

const names = ["x", "y", "z"];
const adapters = golden.adapters.map((modules): Adapter => {
  const entries = Object.entries(modules).map(([path, { A, B, rank, scale, in: inFeatures, out: outFeatures }]) => {
    const arrays = { A: Float32Array.from(A), B: Float32Array.from(B) };
    return [path, { ...arrays, rank, scale, inFeatures, outFeatures } satisfies LoraModule] as const;
  });
  return adapterOf(Object.fromEntries(entries));
});
// All rows, so that signs are compared on the whole updates; many draws, since the golden's baselines have many.
const report = inspectAdapters(adapters, { names, rows: 14, draws: 400 });

const exact = { rtol: 1e-9, atol: 1e-9 };
/** An angle near zero is the arccosine of a rounded 1; that of a random pair has the error of its draws. */
const [degrees, drawn] = [
  { rtol: 0, atol: 1e-5 },
  { rtol: 0, atol: 2.5 },
];

function expectSpans(found: SpanComparison, expected: SpanComparison): void {
  expect(found.angles).toBeAllClose([...expected.angles], degrees);
  expect(found.randomAngles).toBeAllClose([...expected.randomAngles], drawn);
  expect([found.overlap!, found.randomOverlap!]).toBeAllClose([expected.overlap!, expected.randomOverlap!], exact);
}

function expectPair(
  found: Omit<Pair, "places" | "cosine" | "signConflict"> & Record<"cosine" | "signConflict", number | null>,
  expected: Pair,
): void {
  expect([found.cosine!, found.signConflict!]).toBeAllClose([expected.cosine, expected.signConflict], exact);
  expectSpans(found.left, expected.left);
  expectSpans(found.right, expected.right);
}

function expectDescription(found: MergeDescription, expected: Described, present: readonly number[]): void {
  const of = (values: readonly unknown[]) => present.map((place) => values[place]) as number[];
  expect(of(found.sources.map(({ retention }) => retention))).toBeAllClose(expected.retentions, exact);
  expect(of(found.sources.map(({ projection }) => projection))).toBeAllClose(expected.projections, exact);
  expect(of(found.cosines).flatMap((row) => of(row as never))).toBeAllClose(expected.cosines.flat(), exact);
  const { normRetention, interference } = expected;
  expect([found.norm, found.truncationError, found.normRetention.before!, found.interference.before!]).toBeAllClose(
    [expected.norm, expected.truncationError, normRetention.before!, interference.before!],
    exact,
  );
}

function expectGroup(found: GroupDiagnostics, { norms, effectiveRanks, pairs, present, sum }: Group): void {
  expect(found.norms).toBeAllClose([...norms], exact);
  expect(found.effectiveRanks.map((rank) => rank ?? 0)).toBeAllClose(
    effectiveRanks.map((rank) => rank ?? 0),
    exact,
  );
  for (const pair of pairs) {
    const [a, b] = pair.places.map((place) => names[place]!);
    const own = found.pairs.find((one) => one.a === a && one.b === b)!;
    expect(own.modules).toBe(pair.modules);
    expectPair(own, pair);
  }
  expectDescription(found.sum, sum, present);
}

describe("inspectAdapters is what full matrices say", () => {
  it.each(Object.keys(golden.modules))("of %s", (path) => {
    const { updates, pairs, eigenvalues } = golden.modules[path]!;
    const found = report.modules.find(({ module }) => module === path)!;
    const numbers = ({ rank, numericalRank, effectiveRank, norm, spectralNorm }: Omit<UpdateReport, "name">) => [
      rank,
      numericalRank,
      effectiveRank,
      norm,
      spectralNorm,
    ];
    expect(found.updates.flatMap(numbers)).toBeAllClose(updates.flatMap(numbers), exact);
    expect(found.pairs).toHaveLength(pairs.length);
    for (const [i, pair] of pairs.entries()) expectPair(found.pairs[i]!, pair);
    for (const [side, values] of [found.consensus.left, found.consensus.right].entries()) {
      const count = Math.min(values.eigenvalues.length, eigenvalues[side]!.length);
      expect(values.eigenvalues.slice(0, count)).toBeAllClose(eigenvalues[side]!.slice(0, count), exact);
    }
  });

  const { adapters: _, modules, ...whole } = report;
  const described = {
    ...whole,
    modules: modules.length,
    norms: report.adapters.map(({ norm }) => norm),
    effectiveRanks: report.adapters.map(({ effectiveRank }) => effectiveRank),
  };
  it("of all modules together", () => {
    expectGroup(described, golden.whole);
  });
  it.each(["0", "1"])("of layer %s", (layer) => {
    expectGroup(
      report.byLayer.find((one) => String(one.layer) === layer)!,
      golden.byLayer[layer]!,
    );
  });
  it.each(["q_proj", "up_proj"])("of %s", (type) => {
    expectGroup(
      report.byType.find((one) => one.type === type)!,
      golden.byType[type]!,
    );
  });
});

it.each(golden.merges)(
  "the report of a merge is what full matrices say: $options",
  ({ options, module, ...expected }) => {
    const sources = expected.adapters.map((place) => {
      const { modules } = adapters[place]!;
      return module === undefined ? adapters[place]! : adapterOf({ [module]: modules.get(module)! });
    });
    const { summary } = mergeAdapters(sources, options).report;
    expectDescription(summary, expected.report, [...sources.keys()]);
    const { normRetention, interference } = expected.report;
    expect([summary.normRetention.after!, summary.interference.after!]).toBeAllClose(
      [normRetention.after!, interference.after!],
      exact,
    );
    expect(summary.sources.map(({ displacement }) => displacement!)).toBeAllClose(expected.displacements, exact);
  },
);
