import * as z from "zod";
import { electedRows, mergekitElection, peftElection } from "../entries/elected-rows.ts";
import { dare, dareOptions } from "./dare-options.ts";
import { commonOptions, type EntryMethod } from "./merge-method.ts";

export const dareTiesOptions = z.strictObject({
  method: z.literal("dare_ties"),
  ...commonOptions,
  ...dareOptions,
  /** Signs by the sum of the values (total), or by how many values are of it (frequency). */
  majoritySign: z.enum(["total", "frequency"]).default("total"),
});

/** DARE first, then the election of signs of TIES-Merging in place of its trimming. */
export const dareTies: EntryMethod<z.output<typeof dareTiesOptions>> = {
  paper: "Yu et al. 2023, https://arxiv.org/abs/2311.03099; Yadav et al. 2023, https://arxiv.org/abs/2306.01708",
  equation:
    "mᵢ ∘ ΔWᵢ / p in place of the trimmed updates of TIES-Merging, then its election (PEFT's dare_ties, mergekit's dare_ties)",
  deviation:
    "dialect mergekit sums the values that agree, peft takes their mean; masks are drawn by seed, module, adapter's place and row.",
  on: (options) => (options.peftCompat ? "factors" : "updates"),
  entries: (options) => {
    const by = options.majoritySign === "total" ? "sum" : "signs";
    const isPeft = options.dialect === "peft" || options.peftCompat;
    const election = isPeft ? peftElection(by) : mergekitElection("none", by);
    return (deltas, random) => electedRows(dare(deltas, options, random), election);
  },
};
