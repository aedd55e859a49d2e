import * as z from "zod";
import { weightedRows } from "../entries/weighted-rows.ts";
import { dare, dareOptions } from "./dare-options.ts";
import { commonOptions, type EntryMethod } from "./merge-method.ts";

export const dareLinearOptions = z.strictObject({ method: z.literal("dare_linear"), ...commonOptions, ...dareOptions });

/** DARE: entries dropped at random, the rest rescaled, and the weighted sum taken (section 3.2). */
export const dareLinear: EntryMethod<z.output<typeof dareLinearOptions>> = {
  reference: "https://arxiv.org/abs/2311.03099 (section 3.2)",
  deviation: "Masks are drawn by seed, module, adapter's place and row, and so are the same in every run.",
  on: (options) => (options.peftCompat ? "factors" : "updates"),
  entries: (options) => (deltas, random) => weightedRows(dare(deltas, options, random)),
};
