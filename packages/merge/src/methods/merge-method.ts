import * as z from "zod";
import type { CoreSpace, Source } from "../core-space.ts";

/** The options that every method has. They say what is summed, not how. */
export const commonOptions = {
  /** One per adapter; any sign. Absent: 1 each. */
  weights: z.array(z.number()).min(1).optional(),
  /** mean: the weights are divided by the sum of their sizes. */
  normalise: z.enum(["sum", "mean"]).default("sum"),
  /** λ: multiplies the merged update. λ on the mean of k adapters is λ/k on their sum. */
  scale: z.number().default(1),
  /** Rank of the result; full: the sum of the sources' ranks, which loses nothing. */
  rank: z.union([z.literal("full"), z.int().min(1)]).default("full"),
  /**
   * When an adapter lacks a module that another has. zero: its update there is zero. renormalise: the weights of the others grow so
   * that the sum of their sizes stays.
   */
  missing: z.enum(["zero", "renormalise"]).default("zero"),
};

export interface SideFinding {
  /** Directions that the adapters share on this side (R). */
  readonly rank: number;
  /** Joint gate: those among them that may be turned, because the other side's shared directions meet them; else null. */
  readonly jointRank: number | null;
  /** What an eigenvalue had to reach. */
  readonly threshold: number;
  /** Spectrum of the projection mean, falling: 1 is shared by all. */
  readonly eigenvalues: readonly number[];
}

/**
 * shared: both sides agree on something. one side only: as a shared A₀ makes it without any training; not evidence. none: no more than
 * chance. ungated: not asked.
 */
export type ConsensusFinding = "shared" | "one side only" | "none" | "ungated";

export interface ModuleConsensus {
  readonly left: SideFinding;
  readonly right: SideFinding;
  readonly finding: ConsensusFinding;
}

export interface Combined {
  /** The sources as they are to be summed; the same objects as in the core space where the method left them alone. */
  readonly sources: readonly Source[];
  /** What the adapters were found to share; null for methods that do not look. */
  readonly consensus: ModuleConsensus | null;
}

export interface MergeMethod<Options> {
  /** Where the algorithm is described. */
  readonly reference: string;
  /** In what this differs from it. */
  readonly deviation: string;
  /** A function that is called once a module, and turns or replaces its sources before they are summed. */
  combiner(options: Options): (space: CoreSpace) => Combined;
}
