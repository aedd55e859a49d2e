import * as z from "zod";
import { trim } from "../entries/sparsify.ts";
import { weightedRows } from "../entries/weighted-rows.ts";
import { commonOptions, peftCompat, type EntryMethod } from "./merge-method.ts";

export const magnitudePruneOptions = z.strictObject({
  method: z.literal("magnitude_prune"),
  ...commonOptions,
  /** Share of each update's entries that are kept, the largest. */
  density: z.number().gt(0).max(1).default(0.5),
  peftCompat,
});

/** The weighted sum of the updates' largest entries: the first step of TIES-Merging alone. */
export const magnitudePrune: EntryMethod<z.output<typeof magnitudePruneOptions>> = {
  paper: "PEFT, https://github.com/huggingface/peft; Yadav et al. 2023, https://arxiv.org/abs/2306.01708",
  equation: "Σ wᵢ topₚ(ΔWᵢ), the trimming of TIES-Merging alone (PEFT's magnitude_prune, magnitude_prune_svd)",
  deviation: "Entries as large as the smallest kept one stay with it.",
  on: (options) => (options.peftCompat ? "factors" : "updates"),
  entries:
    ({ density }) =>
    (deltas) =>
      weightedRows(deltas.map((delta) => trim(delta, density))),
};
