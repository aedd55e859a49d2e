import { multiply } from "@prefdelta/linalg";
import * as z from "zod";
import { coreDelta } from "../core-space.ts";
import { collectRows, matrixRows } from "../entries/delta-rows.ts";
import { sharedBasis } from "../subspace/shared-basis.ts";
import { aggregateOptions, aggregator } from "./aggregate-options.ts";
import { commonOptions, type SubspaceMethod } from "./merge-method.ts";

export const coreOptions = z.strictObject({
  method: z.literal("core"),
  ...commonOptions,
  ...aggregateOptions,
  aggregate: aggregateOptions.aggregate.default("ties"),
});

/**
 * Core Space: every update in one basis on either side, ΔWᵢ = U Mᵢ Vᵀ, and the small matrices Mᵢ merged entry by entry. Nothing is lost on
 * the way, so with `mean` it is task arithmetic.
 */
export const core: SubspaceMethod<z.output<typeof coreOptions>> = {
  paper: "Panariello et al. 2025, https://arxiv.org/abs/2509.17786",
  equation: "Mᵢ = Uᵀ ΔWᵢ V, ΔW = U merge(M₁, …, M_k) Vᵀ, U and V bases of all updates (the authors' get_core_matrices)",
  deviation:
    "The bases are those of the updates' singular vectors times values, not of the stored B and A, so that the result does not depend on how an adapter is factored.",
  combiner: (options) => (space, random) => {
    const [U, V] = [sharedBasis(space, "left"), sharedBasis(space, "right")];
    const coordinates = space.sources.map((source, i) => {
      const inBases = multiply(multiply(U, coreDelta(source), { transA: true }), V);
      return matrixRows(inBases, { weight: source.weight, index: space.places[i]! });
    });
    const merged = collectRows(aggregator(options)(coordinates, random), { rows: U.cols, cols: V.cols });
    return {
      sources: space.sources,
      merged: multiply(multiply(U, merged), V, { transB: true }),
      consensus: null,
    };
  },
};
