import { columns, hcat, multiply, scale, subtract, svd } from "@prefdelta/linalg";
import type { Matrix, Svd } from "@prefdelta/linalg";
import * as z from "zod";
import { coreDelta, weightedSum } from "../core-space.ts";
import { partialPolar } from "../subspace/partial-polar.ts";
import { NEGLIGIBLE } from "../subspace/shared-basis.ts";
import { commonOptions, type SubspaceMethod } from "./merge-method.ts";

export const isoCtsOptions = z.strictObject({
  method: z.literal("iso_cts"),
  ...commonOptions,
  /** Share of the directions that come from the sum; the adapters' own take the rest in equal parts. */
  commonFraction: z.number().gt(0).max(1).default(0.8),
});

/**
 * Isotropic merging in common and task-specific subspaces, Iso-CTS. Of the R directions that Σ wᵢ ΔWᵢ has, the leading c = R − k s are the
 * common ones, with s = ⌊(1 − fraction) R / k⌋; each adapter adds the s leading directions of wᵢ ΔWᵢ outside the common left ones,
 * (I − U_c U_cᵀ) wᵢ ΔWᵢ. All left vectors are made orthogonal by Procrustes, all right ones too, and every direction gets the mean of all
 * singular values taken.
 */
export const isoCts: SubspaceMethod<z.output<typeof isoCtsOptions>> = {
  paper: "Marczak et al. 2025, https://arxiv.org/abs/2502.04959",
  equation:
    "σ̄ U⊥ V⊥ᵀ of the leading directions of Σ wᵢ ΔWᵢ and of each (I − U_c U_cᵀ) wᵢ ΔWᵢ, σ̄ the mean of their singular values (section 4; the authors' iso_cts)",
  deviation:
    "R is the numerical rank of the sum, not min(out, in); where directions coincide, the partial isometry is taken; weights multiply the updates first.",
  combiner:
    ({ commonFraction }) =>
    (space) => {
      const sum = svd(weightedSum(space, space.sources));
      const rank = sum.S.filter((value) => value > NEGLIGIBLE * sum.S[0]!).length;
      const own = Math.floor(((1 - commonFraction) * rank) / space.sources.length + 1e-9);
      const common = leading(sum, rank - own * space.sources.length);
      const parts = space.sources.map((source) => {
        const update = scale(coreDelta(source), source.weight);
        return leading(svd(outside(common.U, update)), own, sum.S[0]);
      });
      const taken = [common, ...parts];
      const left = partialPolar(hcat(taken.map(({ U }) => U)));
      const right = partialPolar(hcat(taken.map(({ V }) => V)));
      const values = taken.flatMap(({ S }) => [...S]);
      const mean = values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length;
      const core = scale(multiply(left, right, { transB: true }), mean);
      return { sources: space.sources, merged: core, consensus: null };
    },
};

/** The first terms of an SVD, without those that are zero beside `largest`. */
function leading({ U, S, V }: Svd, count: number, largest = S[0] ?? 0): Svd {
  const kept = S.subarray(0, count).filter((value) => value > NEGLIGIBLE * largest);
  return { U: columns(U, 0, kept.length), S: kept, V: columns(V, 0, kept.length) };
}

/** (I − U Uᵀ) A */
const outside = (U: Matrix, A: Matrix): Matrix => subtract(A, multiply(U, multiply(U, A, { transA: true })));
