import * as z from "zod";
import type { EntryMerger } from "../entries/delta-rows.ts";
import { mergekitElection, peftElection } from "../entries/elected-rows.ts";
import { trimmedCount } from "../entries/sparsify.ts";
import { trimmedElection } from "../entries/trimmed-election.ts";
import { commonOptions, peftCompat, type EntryMethod } from "./merge-method.ts";

export const tiesOptions = z.strictObject({
  method: z.literal("ties"),
  ...commonOptions,
  /** Share of each update's entries that are kept, the largest. */
  density: z.number().gt(0).max(1).default(0.2),
  /**
   * peft: signs by unweighted sums, divided by how many agree. mergekit: signs by weighted sums, divided by the weights that agree.
   * original: as peft, one entry more is kept, and an even vote takes the sign that most entries have.
   */
  dialect: z.enum(["peft", "mergekit", "original"]).default("peft"),
  /** Signs by the sum of the values (total), or by how many values are of it (frequency). */
  majoritySign: z.enum(["total", "frequency"]).default("total"),
  peftCompat,
});

/** TIES-Merging: trim, elect one sign an entry, and join the values that have it. */
export const ties: EntryMethod<z.output<typeof tiesOptions>> = {
  paper: "Yadav et al. 2023, https://arxiv.org/abs/2306.01708",
  equation:
    "trim, elect γ = sgn Σ trimmed ΔWᵢ, mean of wᵢ ΔWᵢ where sgn ΔWᵢ = γ (the authors' topk_values_mask, resolve_sign, disjoint_merge)",
  deviation:
    "Trims within each module (the authors: over the whole model); entries as large as the smallest kept one stay with it; weights multiply the values after the election (peft, original) or before it (mergekit).",
  on: (options) => (options.peftCompat ? "factors" : "updates"),
  entries: ({ density, dialect, majoritySign, peftCompat }): EntryMerger => {
    const by = majoritySign === "total" ? "sum" : "signs";
    const rules = {
      peft: { election: peftElection(by), more: 0 },
      mergekit: { election: mergekitElection("weights", by), more: 0 },
      original: { election: { ...peftElection(by), even: "majority" }, more: 1 },
    } as const;
    const { election, more } = rules[peftCompat ? "peft" : dialect];
    return (deltas) => {
      const counts = deltas.map((delta) =>
        more === 0 ? trimmedCount(delta, density) : Math.floor(density * delta.rows * delta.cols) + more,
      );
      return trimmedElection(deltas, { counts, election });
    };
  },
};
