import { columns, hcat, multiply, scaleColumns } from "@prefdelta/linalg";
import * as z from "zod";
import { partialPolar } from "../subspace/partial-polar.ts";
import { commonOptions, type SubspaceMethod } from "./merge-method.ts";

export const tsvOptions = z.strictObject({
  method: z.literal("tsv"),
  ...commonOptions,
  /** Singular directions kept of each adapter; all: its rank. */
  keep: z.union([z.literal("all"), z.int().min(1)]).default("all"),
});

/**
 * Task Singular Vectors, TSV-M: the adapters' leading singular vectors side by side, U = [U₁ … U_k] and V = [V₁ … V_k], are made orthogonal
 * by Procrustes, U⊥ = P Qᵀ of U = P D Qᵀ (V likewise), and the merged update is U⊥ diag(w₁S₁ … w_kS_k) V⊥ᵀ.
 */
export const tsv: SubspaceMethod<z.output<typeof tsvOptions>> = {
  paper: "Gargiulo et al. 2024, https://arxiv.org/abs/2412.00081",
  equation:
    "ΔW = U⊥ diag(w₁S₁ … w_kS_k) V⊥ᵀ, U⊥ = P Qᵀ of [U₁ … U_k] = P D Qᵀ, V⊥ likewise (TSV-Merge; the authors' compute_and_sum_svd_mem_reduction)",
  deviation:
    "Each adapter keeps its own rank (the paper: min(out, in)/k directions, which for LoRA would be arbitrary null directions); where vectors of several adapters coincide, the partial isometry is taken, so that nothing is arbitrary.",
  combiner:
    ({ keep }) =>
    (space) => {
      const kept = space.sources.map(({ U, S, V, weight }) => {
        const count = keep === "all" ? S.length : Math.min(keep, S.length);
        return { U: columns(U, 0, count), V: columns(V, 0, count), S: S.subarray(0, count).map((s) => weight * s) };
      });
      const left = partialPolar(hcat(kept.map(({ U }) => U)));
      const right = partialPolar(hcat(kept.map(({ V }) => V)));
      const S = kept.flatMap((source) => [...source.S]);
      return {
        sources: space.sources,
        merged: multiply(scaleColumns(left, S), right, { transB: true }),
        consensus: null,
      };
    },
};
