import { readFileSync } from "node:fs";
import { multiply, scaleColumns } from "@prefdelta/linalg";
import { createRandom } from "@prefdelta/random";
import { expect, it } from "vitest";
import { combineModule, mergedTerms } from "../combine-module.ts";
import type { Combined } from "../methods/merge-method.ts";
import { gamCombiner, gamOptions } from "../methods/gam.ts";

interface Golden {
  readonly outFeatures: number;
  readonly inFeatures: number;
  readonly cases: readonly {
    readonly name: string;
    readonly options: object;
    readonly weights: readonly number[];
    /** The null level is given: the reference draws no random numbers. */
    readonly null: number;
    readonly adapters: readonly {
      readonly rank: number;
      readonly A: number[];
      readonly B: number[];
      /** A₀ */
      readonly start?: number[];
      readonly scale: number;
    }[];
    readonly found: { readonly rank: number[]; readonly jointRank?: number[]; readonly eigenvalues: number[][] };
    readonly merged: readonly number[];
  }[];
}

// Made by tooling/peers/gam_golden.py on dense matrices.
const golden = JSON.parse(readFileSync(new URL("../__fixtures__/gam.json", import.meta.url), "utf8")) as Golden;
const { outFeatures, inFeatures } = golden;

it.each(golden.cases)("is the dense reference: $name", ({ options, weights, null: level, adapters, found, merged }) => {
  const sources = adapters.map(({ rank, A, B, scale, start }, i) => ({
    module: { A: Float32Array.from(A), B: Float32Array.from(B), rank, scale, outFeatures, inFeatures },
    weight: weights[i]!,
    index: i,
    ...(start === undefined ? {} : { start: Float32Array.from(start) }),
  }));
  let result: Combined | undefined;
  const combine = gamCombiner(gamOptions.parse({ method: "gam", ...options }), () => level);
  const combined = combineModule(sources, (space, random) => (result = combine(space, random)), createRandom(0));
  const { U, S, V } = mergedTerms(combined);
  expect(multiply(scaleColumns(U, S), V, { transB: true }).data).toBeAllClose(merged, { rtol: 1e-10, atol: 1e-10 });

  const { left, right } = result!.consensus!;
  expect([left.rank, right.rank]).toEqual(found.rank);
  if (found.jointRank) expect([left.jointRank, right.jointRank]).toEqual(found.jointRank);
  // The reference has as many eigenvalues as the side has dimensions; those beyond the sum of ranks are zero.
  for (const [side, values] of [left.eigenvalues, right.eigenvalues].entries()) {
    const length = Math.min(values.length, found.eigenvalues[side]!.length);
    expect(values.slice(0, length)).toBeAllClose(found.eigenvalues[side]!.slice(0, length), {
      rtol: 1e-10,
      atol: 1e-10,
    });
  }
});
