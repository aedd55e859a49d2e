import * as z from "zod";
import { trimBothEnds } from "../entries/sparsify.ts";
import { weightedRows } from "../entries/weighted-rows.ts";
import { commonOptions, type EntryMethod } from "./merge-method.ts";

export const breadcrumbsOptions = z.strictObject({
  method: z.literal("breadcrumbs"),
  ...commonOptions,
  /** Share of each update's entries that are kept. */
  density: z.number().gt(0).max(1).default(0.9),
  /** Share that is dropped as outliers, the largest, before the smallest are dropped; less where density leaves no room. */
  gamma: z.number().min(0).lt(1).default(0.01),
});

/** Model Breadcrumbs: the weighted sum of what is neither among the largest nor among the smallest entries of each update. */
export const breadcrumbs: EntryMethod<z.output<typeof breadcrumbsOptions>> = {
  paper: "Davari & Belilovsky 2023, https://arxiv.org/abs/2312.06795",
  equation: "Σ wᵢ mᵢ ∘ ΔWᵢ, mᵢ without the largest and the smallest |ΔWᵢ| (mergekit's magnitude_outliers)",
  deviation: "Shares are counted as mergekit 0.1.5 does; entries as large as the last of a share fall with it.",
  on: () => "updates",
  entries: (options) => (deltas) => weightedRows(deltas.map((delta) => trimBothEnds(delta, options))),
};
