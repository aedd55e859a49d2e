import { readFileSync } from "node:fs";
import { multiply, scaleColumns } from "@prefdelta/linalg";
import { createRandom } from "@prefdelta/random";
import type { Random } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { combineEntries } from "../combine-entries.ts";
import { combineFactorEntries } from "../combine-factors.ts";
import { mergedTerms, type CombinedModule } from "../combine-module.ts";
import { collectRows, updateRows } from "../entries/delta-rows.ts";
import type { ModuleSource } from "../gather-modules.ts";
import { mergeMethods, mergeOptionsSchema, type MergeOptions } from "../merge-options.ts";
import { moduleMerger, storedRank } from "../module-merger.ts";

interface Golden {
  readonly versions: Readonly<Record<string, string>>;
  readonly outFeatures: number;
  readonly inFeatures: number;
  readonly adapters: Readonly<
    Record<string, readonly { readonly rank: number; readonly A: number[]; readonly B: number[]; scale: number }[]>
  >;
  readonly cases: readonly {
    readonly source: "peft" | "mergekit" | "numpy";
    readonly adapters: string;
    readonly options: MergeOptions & { readonly weights: readonly number[] };
    /** One matrix for each call of torch.bernoulli, in order. */
    readonly uniforms: readonly (readonly (readonly number[])[])[];
    readonly merged: readonly number[];
  }[];
}

// Made by tooling/peers/merge_golden.py: PEFT's and mergekit's own code, and dense float64 references in numpy.
const golden = JSON.parse(readFileSync(new URL("../__fixtures__/methods.json", import.meta.url), "utf8")) as Golden;
const { outFeatures, inFeatures } = golden;
const named = golden.cases.map((one) => ({ ...one, name: `${one.source} ${JSON.stringify(one.options)}` }));

const sourcesOf = (name: string, weights: readonly number[]): ModuleSource[] =>
  golden.adapters[name]!.map(({ rank, A, B, scale }, index) => ({
    module: { A: Float32Array.from(A), B: Float32Array.from(B), rank, scale, outFeatures, inFeatures },
    weight: weights[index]!,
    index,
  }));

/** PEFT merges all A before all B; the i-th matrix of each is adapter i's. */
function replay(uniforms: Golden["cases"][number]["uniforms"], offset = 0): Random {
  const fork: Random["fork"] = (...labels) => {
    const [kind, index, row] = labels;
    if (kind === "A") return replay(uniforms);
    if (kind === "B") return replay(uniforms, uniforms.length / 2);
    if (kind !== "drop") return createRandom("svd");
    const numbers = uniforms[offset + Number(index)]![Number(row)]!.values();
    return { fork, next: () => numbers.next().value! };
  };
  return { ...createRandom("unused"), fork };
}

function merge({ options, adapters, uniforms }: Golden["cases"][number]): Float64Array {
  const parsed = mergeOptionsSchema.parse(options);
  const sources = sourcesOf(adapters, options.weights);
  const method = mergeMethods[parsed.method];
  if (!("entries" in method)) return dense(moduleMerger(parsed)("module", sources), parsed.rank);
  const [merger, random] = [method.entries(parsed), replay(uniforms)];
  if (method.on(parsed) === "factors")
    return dense(combineFactorEntries(sources, { path: "module", merger, random }), "full");
  if (parsed.rank !== "full")
    return dense(combineEntries(sources, { merger, rank: storedRank(sources, parsed), random }), "full");
  const { deltas, close } = updateRows(sources);
  const merged = collectRows(merger(deltas, random), { rows: outFeatures, cols: inFeatures }).data;
  close();
  return merged;
}

function dense(combined: CombinedModule, rank: number | "full"): Float64Array {
  const { U, S, V } = mergedTerms(combined);
  const kept = S.map((value, j) => (rank === "full" || j < rank ? value : 0));
  return multiply(scaleColumns(U, kept), V, { transB: true }).data;
}

describe.each(["peft", "mergekit", "numpy"] as const)("is what %s makes of it", (source) => {
  it.each(named.filter((one) => one.source === source))("$name", (one) => {
    // PEFT keeps weights and their roots in float32.
    expect(merge(one)).toBeAllClose(one.merged, { rtol: 1e-6, atol: 1e-6 });
  });
});

it("covers every method but gam, which has a golden of its own", () => {
  const covered = new Set(golden.cases.map(({ options }) => options.method));
  expect(Object.keys(mergeMethods).filter((name) => !covered.has(name as MergeOptions["method"]))).toEqual(["gam"]);
  expect(Object.keys(golden.versions).toSorted()).toEqual(["mergekit", "numpy", "peft", "torch"]);
});
