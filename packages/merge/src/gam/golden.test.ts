import { readFileSync } from "node:fs";
import { multiply, scaleColumns } from "@prefdelta/linalg";
import { createRandom } from "@prefdelta/random";
import { expect, it } from "vitest";
import { combineModule, mergedTerms } from "../combine-module.ts";
import type { CoreSpace } from "../core-space.ts";
import type { Combined } from "../methods/merge-method.ts";
import { align, type Aligned, type AlignOptions } from "./align.ts";

interface Golden {
  readonly outFeatures: number;
  readonly inFeatures: number;
  readonly cases: readonly {
    readonly name: string;
    readonly options: Omit<AlignOptions, "nullLevel"> & { readonly weights: readonly number[] };
    /** The null level is given: the reference draws no random numbers. */
    readonly null: number;
    readonly adapters: readonly {
      readonly rank: number;
      readonly A: number[];
      readonly B: number[];
      readonly scale: number;
    }[];
    readonly found: { readonly rank: number[]; readonly jointRank?: number[]; readonly eigenvalues: number[][] };
    readonly merged: readonly number[];
  }[];
}

// Made by tooling/peers/gam_golden.py on dense matrices.
const golden = JSON.parse(readFileSync(new URL("../__fixtures__/gam.json", import.meta.url), "utf8")) as Golden;
const { outFeatures, inFeatures } = golden;

it.each(golden.cases)("is the dense reference: $name", ({ options, null: level, adapters, found, merged }) => {
  const sources = adapters.map(({ rank, A, B, scale }, i) => ({
    module: { A: Float32Array.from(A), B: Float32Array.from(B), rank, scale, outFeatures, inFeatures },
    weight: options.weights[i]!,
    index: i,
  }));
  let aligned: Aligned | undefined;
  const combine = (space: CoreSpace): Combined => {
    const theta0 = (options.theta0 * Math.PI) / 180;
    const size = { left: outFeatures, right: inFeatures };
    aligned = align(space.sources, size, { ...options, theta0, nullLevel: () => level });
    return { sources: aligned.sources, consensus: null };
  };
  const combined = combineModule(sources, combine, createRandom(0));
  const { U, S, V } = mergedTerms(combined);
  expect(multiply(scaleColumns(U, S), V, { transB: true }).data).toBeAllClose(merged, { rtol: 1e-10, atol: 1e-10 });

  const { left, right } = aligned!;
  expect([left.alone.rank, right.alone.rank]).toEqual(found.rank);
  if (found.jointRank) expect([left.joint!.rank, right.joint!.rank]).toEqual(found.jointRank);
  // The reference has as many eigenvalues as the side has dimensions; those beyond the sum of ranks are zero.
  for (const [side, values] of [left.alone.eigenvalues, right.alone.eigenvalues].entries()) {
    const length = Math.min(values.length, found.eigenvalues[side]!.length);
    expect(values.slice(0, length)).toBeAllClose(found.eigenvalues[side]!.slice(0, length), {
      rtol: 1e-10,
      atol: 1e-10,
    });
  }
});
