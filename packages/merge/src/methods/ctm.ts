import { columns, frobeniusNorm, hcat, multiply, scale, subtract, svd, transpose } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import * as z from "zod";
import { coreDelta } from "../core-space.ts";
import { collectRows, matrixRows } from "../entries/delta-rows.ts";
import { aggregateOptions, aggregator } from "./aggregate-options.ts";
import { commonOptions, type SubspaceMethod } from "./merge-method.ts";

export const ctmOptions = z.strictObject({
  method: z.literal("ctm"),
  ...commonOptions,
  ...aggregateOptions,
  aggregate: aggregateOptions.aggregate.default("mean"),
  /** Directions of the shared bases; absent: the largest rank among the adapters. */
  basisRank: z.int().min(1).optional(),
  /** 1: the bases fit large updates best. 0: all updates count alike. */
  beta: z.number().min(0).max(1).default(1),
  /** The bases are found when a round turns them by less than this (sine of the angle), which changes the fit by its square. */
  tolerance: z.number().gt(0).default(1e-3),
  /** Rounds at most. */
  rounds: z.int().min(1).default(100),
});

/**
 * Compress then Merge: bases U₀ and V₀ of a few directions that fit all updates best (partial Tucker decomposition by HOOI, De Lathauwer
 * et al. 2000), the updates' cores Cᵢ = U₀ᵀ ΔWᵢ V₀, and the merged update U₀ merge(C) V₀ᵀ.
 */
export const ctm: SubspaceMethod<z.output<typeof ctmOptions>> = {
  paper: "He et al. 2026, https://arxiv.org/abs/2606.03723",
  equation:
    "max over U₀, V₀ of Σ ‖U₀ᵀ ΔWᵢ V₀‖², ΔW = U₀ merge(U₀ᵀ ΔWᵢ V₀) V₀ᵀ (the authors' get_low_rank_components_in_core_space)",
  deviation:
    "A zero adapter has no part in the bases (the authors' code divides by its norm); the better of two fits is taken, begun at either side (theirs: one).",
  combiner: (options) => (space, random) => {
    const updates = space.sources.map(coreDelta);
    const rank = options.basisRank ?? Math.max(...space.sources.map(({ S }) => S.length));
    const [U, V] = sharedBases(balanced(updates, options.beta), { ...options, rank });
    const cores = updates.map((update, i) => {
      const inBases = multiply(multiply(U, update, { transA: true }), V);
      return matrixRows(inBases, { weight: space.sources[i]!.weight, index: space.places[i]! });
    });
    const merged = collectRows(aggregator(options)(cores, random), { rows: U.cols, cols: V.cols });
    return {
      sources: space.sources,
      merged: multiply(multiply(U, merged), V, { transB: true }),
      consensus: null,
    };
  },
};

/** Each update brought to the norm β ‖Mᵢ‖ + (1 − β) mean ‖M‖. */
function balanced(updates: readonly Matrix[], beta: number): Matrix[] {
  const norms = updates.map(frobeniusNorm);
  const mean = norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
  return updates.flatMap((update, i) =>
    norms[i] === 0 ? [] : [scale(update, beta + ((1 - beta) * mean) / norms[i]!)],
  );
}

/** The better fit of two: the iteration may settle where it depends on the side that it began at. */
function sharedBases(updates: readonly Matrix[], options: FitOptions): [Matrix, Matrix] {
  if (updates.length === 0) return [emptyBasis, emptyBasis];
  const fromRight = alternate(updates, options);
  const fromLeft = alternate(updates.map(transpose), options);
  return fromRight.fit >= fromLeft.fit ? [fromRight.left, fromRight.right] : [fromLeft.right, fromLeft.left];
}

interface FitOptions {
  readonly rank: number;
  readonly tolerance: number;
  readonly rounds: number;
}

/** From the best right basis by itself: the best left basis for the right one and back, until they stay. */
function alternate(
  updates: readonly Matrix[],
  { rank, tolerance, rounds }: FitOptions,
): { left: Matrix; right: Matrix; fit: number } {
  const flipped = updates.map(transpose);
  const leading = (blocks: readonly Matrix[]): { basis: Matrix; fit: number } => {
    const { U, S } = svd(hcat(blocks));
    const fit = S.subarray(0, rank).reduce((sum, value) => sum + value ** 2, 0);
    return { basis: columns(U, 0, Math.min(rank, S.length)), fit };
  };
  let left = leading(updates).basis;
  let { basis: right, fit } = leading(flipped);
  for (let round = 0; round < rounds; round++) {
    const before = right;
    left = leading(updates.map((update) => multiply(update, right))).basis;
    ({ basis: right, fit } = leading(flipped.map((update) => multiply(update, left))));
    const turned = subtract(right, multiply(before, multiply(before, right, { transA: true })));
    if (frobeniusNorm(turned) < tolerance) break;
  }
  return { left, right, fit };
}

const emptyBasis: Matrix = { rows: 0, cols: 0, data: new Float64Array(0) };
