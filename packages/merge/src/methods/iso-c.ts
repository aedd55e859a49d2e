import { columns, multiply, scale, svd } from "@prefdelta/linalg";
import * as z from "zod";
import { weightedSum } from "../core-space.ts";
import { NEGLIGIBLE } from "../subspace/shared-basis.ts";
import { commonOptions, type SubspaceMethod } from "./merge-method.ts";

export const isoCOptions = z.strictObject({ method: z.literal("iso_c"), ...commonOptions });

/** Isotropic merging in the common subspace, Iso-C: with Σ wᵢ ΔWᵢ = U S Vᵀ, the merged update is σ̄ U Vᵀ, σ̄ the mean of S. */
export const isoC: SubspaceMethod<z.output<typeof isoCOptions>> = {
  paper: "Marczak et al. 2025, https://arxiv.org/abs/2502.04959",
  equation: "σ̄ U Vᵀ of Σ wᵢ ΔWᵢ = U S Vᵀ, σ̄ the mean of S (section 4; the authors' iso_c)",
  deviation:
    "The mean is over the directions that the sum has (its numerical rank), not over min(out, in), most of which are zero and arbitrary for LoRA.",
  combiner: () => (space) => {
    const { U, S, V } = svd(weightedSum(space, space.sources));
    const rank = S.filter((value) => value > NEGLIGIBLE * S[0]!).length;
    const mean = rank === 0 ? 0 : S.subarray(0, rank).reduce((sum, value) => sum + value, 0) / rank;
    const core = scale(multiply(columns(U, 0, rank), columns(V, 0, rank), { transB: true }), mean);
    return { sources: space.sources, merged: core, consensus: null };
  },
};
