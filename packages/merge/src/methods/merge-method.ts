import type { Matrix, Numbers } from "@prefdelta/linalg";
import type { Random } from "@prefdelta/random";
import * as z from "zod";
import type { CoreSpace, Source } from "../core-space.ts";
import type { Baselines } from "../gam/baselines.ts";
import type { EntryMerger } from "../entries/delta-rows.ts";

/** The options that every method has. They say what is summed, not how. */
export const commonOptions = {
  /** One per adapter; any sign. Absent: 1 each. */
  weights: z.array(z.number()).min(1).optional(),
  /**
   * Other weights for some modules: the first rule whose filter is part of the module's path counts, "" is part of all. A list in the place
   * of a weight runs over the layers: [0, 1] is 0 in the first, 1 in the last.
   */
  weightsBy: z
    .array(
      z.strictObject({
        filter: z.string(),
        weights: z.array(z.union([z.number(), z.array(z.number()).min(1)])).min(1),
      }),
    )
    .optional(),
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

/** For methods that PEFT has: its own result, which merges the factors A and B each by itself. PEFT has none for adapters of several ranks. */
export const peftCompat = z.boolean().default(false);

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
 * shared: both sides agree on something. no consensus beyond A₀: the right sides agree and the left ones do not, as a shared A₀ makes it
 * without any training, or A₀ is known and nothing is shared besides. one side only: directions are shared on a side, and what carries
 * them on the other is not. none: no more than chance. ungated: not asked.
 */
export type ConsensusFinding = "shared" | "no consensus beyond A₀" | "one side only" | "none" | "ungated";

export interface ModuleConsensus {
  readonly left: SideFinding;
  readonly right: SideFinding;
  readonly finding: ConsensusFinding;
}

/**
 * left · rows, where the rows have left the span of the updates' own: p × ρ in core coordinates, of
 * orthonormal columns, and ρ × in.
 */
interface WideUpdate {
  readonly left: Matrix;
  readonly rows: Numbers;
}

export interface Combined {
  /** The sources as they are to be summed; the same objects as in the core space where the method left them alone. */
  readonly sources: readonly Source[];
  /** The merged update, p × q in core coordinates, where it is not the weighted sum of `sources`; these are then the core space's own. */
  readonly merged?: Matrix | WideUpdate;
  /** What the adapters were found to share; null for methods that do not look. */
  readonly consensus: ModuleConsensus | null;
}

interface Described {
  /** Who described the algorithm, and where: an arXiv number, a DOI or a repository. */
  readonly paper: string;
  /** What is computed, and in brackets what the paper calls it, or the function of a reference implementation. */
  readonly equation: string;
  /** In what this differs from them. */
  readonly deviation: string;
  /** How many adapters it takes; absent: any number. */
  readonly adapters?: number;
}

/** Works on the subspaces of the updates: K × K matrices, K the sum of the ranks. */
export interface SubspaceMethod<Options> extends Described {
  /**
   * A function that is called once a module; the stream of random numbers is that module's own.
   *
   * @param baselines what is known of random subspaces, and where what is drawn is left for others; none if absent
   */
  combiner(options: Options, baselines?: Baselines): (space: CoreSpace, random: Random) => Combined;
}

/** Works entry by entry: on the updates themselves, or as PEFT does on each factor by itself. */
export interface EntryMethod<Options> extends Described {
  readonly on: (options: Options) => "updates" | "factors";
  entries(options: Options): EntryMerger;
}

/** An adapter's stored factors, ΔW = scale · B · A. */
export interface Factors {
  /** r × in */
  readonly A: Matrix;
  /** out × r */
  readonly B: Matrix;
  readonly scale: number;
  readonly weight: number;
  /** Place of the adapter among all. */
  readonly index: number;
}

/** Works on the stored factors as a whole: other factors of the same update give another result. */
export interface FactorMethod<Options> extends Described {
  /** The rank of the factors that `factors` gives for sources of these ranks. */
  readonly fullRank: (options: Options, ranks: readonly number[]) => number;
  /** Gives the merged update's own factors. */
  factors(options: Options): (parts: readonly Factors[], random: Random) => Pick<Factors, "A" | "B">;
}

export type MergeMethod<Options> = SubspaceMethod<Options> | EntryMethod<Options> | FactorMethod<Options>;
