import * as z from "zod";
import { weightedRows } from "../entries/weighted-rows.ts";
import { dare, dareOptions } from "./dare-options.ts";
import { commonOptions, type EntryMethod } from "./merge-method.ts";

export const dareLinearOptions = z.strictObject({ method: z.literal("dare_linear"), ...commonOptions, ...dareOptions });

/** DARE: entries dropped at random, the rest rescaled, and the weighted sum taken. */
export const dareLinear: EntryMethod<z.output<typeof dareLinearOptions>> = {
  paper: "Yu et al. 2023, https://arxiv.org/abs/2311.03099",
  equation: "Σ wᵢ mᵢ ∘ ΔWᵢ / p, mᵢ ~ Bernoulli(p), p the density (the authors' mask_input_with_mask_rate)",
  deviation: "Masks are drawn by seed, module, adapter's place and row, and so are the same in every run.",
  on: (options) => (options.peftCompat ? "factors" : "updates"),
  entries: (options) => (deltas, random) => weightedRows(dare(deltas, options, random)),
};
