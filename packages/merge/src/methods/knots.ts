import * as z from "zod";
import { collectRows } from "../entries/delta-rows.ts";
import { rowsInBasis } from "../subspace/rows-in-basis.ts";
import { sharedBasis } from "../subspace/shared-basis.ts";
import { aggregateOptions, aggregator } from "./aggregate-options.ts";
import { commonOptions, type SubspaceMethod } from "./merge-method.ts";

export const knotsOptions = z.strictObject({
  method: z.literal("knots"),
  ...commonOptions,
  ...aggregateOptions,
  aggregate: aggregateOptions.aggregate.default("ties"),
});

/**
 * KnOTS: with [ΔW₁ … ΔW_k] = U S [V₁ … V_k]ᵀ, every update is written in one output basis, ΔWᵢ = U (S Vᵢᵀ), and the ρ × in matrices S Vᵢᵀ
 * are merged entry by entry. U comes from the core; only the ρ × in matrices have the layer's width.
 */
export const knots: SubspaceMethod<z.output<typeof knotsOptions>> = {
  paper: "Stoica et al. 2024, https://arxiv.org/abs/2410.19735",
  equation: "[ΔW₁ … ΔW_k] = U S [V₁ … V_k]ᵀ, ΔW = U merge(S V₁ᵀ, …, S V_kᵀ) (the authors' SVDMerger)",
  deviation:
    "Singular values are cut relative to the largest (the authors' code: below 1e-5, which drops weak adapters); TIES as PEFT's, within each module; DARE on S V as in their code. Coordinates of a layer of more than 2²² entries are formed in float32.",
  combiner: (options) => (space, random) => {
    const basis = sharedBasis(space, "left");
    const { deltas, float, close } = rowsInBasis(space, basis);
    const rows = collectRows(aggregator(options)(deltas, random), deltas[0]!, float);
    close();
    return { sources: space.sources, merged: { left: basis, rows }, consensus: null };
  },
};
