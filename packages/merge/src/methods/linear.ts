import * as z from "zod";
import { weightedRows } from "../entries/weighted-rows.ts";
import { commonOptions, type EntryMethod } from "./merge-method.ts";

export const linearOptions = z.strictObject({ method: z.literal("linear"), ...commonOptions });

/**
 * PEFT's `linear`: the factors are averaged, not the updates. B = Σ √|wᵢsᵢ| Bᵢ and A = Σ ±√|wᵢsᵢ| Aᵢ, so the product has cross terms BᵢAⱼ,
 * and depends on how each adapter is factored. For comparison; task_arithmetic is what the name promises.
 */
export const linear: EntryMethod<z.output<typeof linearOptions>> = {
  reference: "https://github.com/huggingface/peft (add_weighted_adapter, combination_type linear)",
  deviation: "None; sums are in float64.",
  on: () => "factors",
  entries: () => (deltas) => weightedRows(deltas),
};
