import * as z from "zod";
import type { EntryMerger } from "../entries/delta-rows.ts";
import { peftElection } from "../entries/elected-rows.ts";
import { drop, trimmedCount } from "../entries/sparsify.ts";
import { trimmedElection } from "../entries/trimmed-election.ts";
import { weightedRows } from "../entries/weighted-rows.ts";

/** What subspace methods do with the coordinates of the updates in a basis that all share. */
export const aggregateOptions = {
  /** mean: the weighted sum. ties: trimmed, and of the elected sign only. dare: randomly thinned out, and rescaled. */
  aggregate: z.enum(["mean", "ties", "dare"]),
  /** Share of the entries that ties and dare keep. */
  density: z.number().gt(0).max(1).default(0.5),
  /** Of the entries that dare keeps. */
  seed: z.int().default(0),
};

export interface AggregateOptions {
  readonly aggregate: "mean" | "ties" | "dare";
  readonly density: number;
}

/** TIES as PEFT has it: signs by unweighted sums, divided by how many agree. */
export const aggregator =
  ({ aggregate, density }: AggregateOptions): EntryMerger =>
  (deltas, random) => {
    if (aggregate === "mean") return weightedRows(deltas);
    if (aggregate === "dare") return weightedRows(deltas.map((delta) => drop(delta, density, random)));
    const counts = deltas.map((delta) => trimmedCount(delta, density));
    return trimmedElection(deltas, { counts, election: peftElection() });
  };
