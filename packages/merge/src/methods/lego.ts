import { columns, hcat, matrix, multiply, scale, transpose } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import * as z from "zod";
import { clusterPoints } from "../subspace/cluster-points.ts";
import { commonOptions, type FactorMethod, type Factors } from "./merge-method.ts";

export const legoOptions = z.strictObject({
  method: z.literal("lego"),
  ...commonOptions,
  /** Units of the result, its rank; absent: the largest rank among the adapters. */
  clusters: z.int().min(1).optional(),
  /** Random starts of the clustering. */
  starts: z.int().min(1).default(10),
  seed: z.int().default(0),
});

/**
 * LoRA-LEGO: the K units of all adapters, a row of A and its column of B as one vector [a; b], are put into r clusters by k-means. A cluster's
 * unit is the mean of its members, as long in ‖·‖∞ as they are on average; the r units are the merged factors, B times √(K / r).
 */
export const lego: FactorMethod<z.output<typeof legoOptions>> = {
  paper: "Zhao et al. 2024, https://arxiv.org/abs/2409.16167",
  equation:
    "k-means over the units [aᵢⱼ; bᵢⱼ], ΔW = √(K/r) Σ_c b_c a_cᵀ over the clusters' centres (minimal semantic units, dual reweighting; merge_MSUs of https://github.com/ZhengbaoHe/compress-then-merge)",
  deviation:
    "√|wᵢ sᵢ| multiplies both halves of a unit, the sign b; as many clusters as there are different units, at most, the other units zero; the draws are seeded.",
  fullRank: unitsOf,
  factors:
    ({ clusters, starts }) =>
    (parts, random) => {
      const ranks = parts.map(({ A }) => A.rows);
      const units = hcat([
        transpose(hcat(parts.map((part) => transpose(scale(part.A, root(part)))))),
        transpose(hcat(parts.map((part) => scale(part.B, Math.sign(part.weight * part.scale) * root(part))))),
      ]); // K × (in + out)
      const products = multiply(units, units, { transB: true });
      const members = clusterPoints(products, { clusters: unitsOf({ clusters }, ranks), starts, random });
      // What there are too few different units for stays zero.
      const centres = matrix(unitsOf({ clusters }, ranks), units.cols);
      for (const [cluster, own] of members.entries()) centres.data.set(centre(units, own), cluster * units.cols);
      const inFeatures = parts[0]!.A.cols;
      const B = transpose(columns(centres, inFeatures, units.cols));
      return { A: columns(centres, 0, inFeatures), B: scale(B, Math.sqrt(units.rows / members.length)) };
    },
};

/** Units of the result: as many as asked for, and no more than there are. */
function unitsOf({ clusters }: { readonly clusters?: number | undefined }, ranks: readonly number[]): number {
  const all = ranks.reduce((sum, rank) => sum + rank, 0);
  return Math.min(clusters ?? Math.max(...ranks), all);
}

const root = ({ weight, scale: own }: Factors): number => Math.sqrt(Math.abs(weight * own));

/** The mean of the members' rows, as long in ‖·‖∞ as they are on average. */
function centre({ cols, data }: Matrix, members: readonly number[]): Float64Array {
  const mean = new Float64Array(cols);
  let length = 0;
  for (const member of members) {
    const unit = data.subarray(member * cols, (member + 1) * cols);
    for (let i = 0; i < cols; i++) mean[i]! += unit[i]! / members.length;
    length += largest(unit) / members.length;
  }
  const own = largest(mean);
  return own === 0 ? mean : mean.map((value) => (value * length) / own);
}

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
