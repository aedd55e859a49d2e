import { hcat, multiply, scaleColumns } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import { productSvd } from "@prefdelta/lora";
import type { ThinSvd } from "@prefdelta/lora";
import type { Random } from "@prefdelta/random";
import * as z from "zod";
import { coreDelta, type CoreSpace, type Source } from "../core-space.ts";
import { collectRows, matrixRows } from "../entries/delta-rows.ts";
import { MergeError } from "../errors.ts";
import { align, type Aligned } from "../gam/align.ts";
import { findConsensus } from "../gam/finding.ts";
import { nullLevels, type NullLevel } from "../gam/null-level.ts";
import { sharedBasis } from "../subspace/shared-basis.ts";
import { aggregateOptions, aggregator, type AggregateOptions } from "./aggregate-options.ts";
import { commonOptions, type Combined, type SubspaceMethod } from "./merge-method.ts";

export const gamOptions = z.strictObject({
  method: z.literal("gam"),
  ...commonOptions,
  /**
   * Which directions are turned. joint: shared beyond chance on one side, and carried by what is shared on the other; safe when the
   * adapters began at one A₀. angle: shared on this side. none: as many as the smallest adapter has (full Procrustes).
   */
  gate: z.enum(["joint", "angle", "none"]).default("joint"),
  /** What is aligned. whole: the updates. drift: B(A − A₀), what training made of A; B·A₀ is added as it is. Asks for A₀. */
  form: z.enum(["whole", "drift"]).default("whole"),
  /** How far towards the shared frame: 0 is task arithmetic, 1 all the way. */
  t: z.number().min(0).max(1).default(1),
  /** Degrees. Directions further from the frame are not shared; has no meaning at gate none. */
  theta0: z.number().min(0).max(90).default(45),
  sides: z.enum(["both", "left", "right"]).default("both"),
  /** Where the shared directions stand: at the mean of projections, at the Riemannian mean, or where the adapter `reference` has them. */
  frame: z.enum(["projection", "karcher", "reference"]).default("projection"),
  /** Place of that adapter, from 0. A module that it lacks is not turned. */
  reference: z.int().min(0).default(0),
  /** Shares of the adapters in the mean of subspaces: the sizes of their weights, or equal. */
  omega: z.enum(["weights", "uniform"]).default("weights"),
  ...aggregateOptions,
  /** How the aligned updates become one: the weighted sum, or TIES or DARE on their entries in bases that all share. */
  aggregate: aggregateOptions.aggregate.default("mean"),
  /** Random draws behind the null level of the joint gate; their seed is `seed`. */
  draws: z.int().min(2).default(20),
});

type GamOptions = z.output<typeof gamOptions>;

/** Geometric Alignment Merging: rotations towards shared subspaces, then the weighted sum. docs/gam.md derives it. */
export const gam: SubspaceMethod<GamOptions> = {
  paper: "Sun et al. 2026, https://arxiv.org/abs/2606.00357",
  equation:
    "λ Σ wᵢ Uᵢ′ Sᵢ Vᵢ′ᵀ, with Uᵢ and Vᵢ turned towards a frame that the adapters share (docs/gam.md derives it)",
  deviation:
    "The paper's formulas are not public; this is our reading of its abstract. The joint gate and the drift form are ours. See docs/gam.md.",
  combiner: (options, baselines = new Map()) => gamCombiner(options, nullLevels(options, baselines)),
};

/** gam with the level that chance reaches given. */
export function gamCombiner(
  { theta0, form, reference, aggregate, density, ...rest }: Omit<GamOptions, "seed" | "draws">,
  nullLevel: NullLevel,
): (space: CoreSpace, random: Random) => Combined {
  const options = { ...rest, theta0: (theta0 * Math.PI) / 180, nullLevel };
  return (space, random) => {
    const size = { left: space.left.rows, right: space.right.rows };
    const given = { ...options, reference: space.places.indexOf(reference) };
    const { sources, aligned } =
      form === "whole"
        ? wholly(align(space.sources, size, given))
        : alignDrift(space, (drifts) => align(drifts, size, given));
    const consensus = findConsensus(aligned, { gate: rest.gate, form });
    if (aggregate === "mean") return { sources, consensus };
    const merged = aggregated({ space, sources, random }, { aggregate, density });
    return { sources: space.sources, merged, consensus };
  };
}

const wholly = (aligned: Aligned): { sources: readonly Source[]; aligned: Aligned } => ({
  sources: aligned.sources,
  aligned,
});

/** Every update with its drift turned; the same object where it was not. */
function alignDrift(
  { sources, splits }: CoreSpace,
  turn: (drifts: readonly Source[]) => Aligned,
): { sources: readonly Source[]; aligned: Aligned } {
  if (splits === undefined) {
    throw new MergeError("E_ADAPTERS", ["gam: form drift: expected adapters whose A₀ is known, found none"]);
  }
  const drifts = splits.map(({ drift }, i): Source => ({ ...drift, weight: sources[i]!.weight }));
  const aligned = turn(drifts);
  const whole = sources.map((source, i): Source => {
    const drift = aligned.sources[i]!;
    return drift === drifts[i] ? source : { ...sum(splits[i]!.start, drift), weight: source.weight };
  });
  return { sources: whole, aligned };
}

const sum = (one: ThinSvd, two: ThinSvd): ThinSvd =>
  productSvd(hcat([scaleColumns(one.U, one.S), scaleColumns(two.U, two.S)]), hcat([one.V, two.V]));

/**
 * TIES or DARE on the entries of Uᵀ ΔWᵢ′ V, where U and V are the singular bases of the aligned updates side by side, as in Core Space. Not those
 * of their sum: there all off-diagonal entries add up to zero, and every vote on them is even. p × q.
 */
function aggregated(
  { space, sources, random }: { space: CoreSpace; sources: readonly Source[]; random: Random },
  options: AggregateOptions,
): Matrix {
  const [U, V] = [sharedBasis({ sources }, "left"), sharedBasis({ sources }, "right")];
  const entries = sources.map((source, i) => {
    const inBases = multiply(multiply(U, coreDelta(source), { transA: true }), V);
    return matrixRows(inBases, { weight: source.weight, index: space.places[i]! });
  });
  const merged = collectRows(aggregator(options)(entries, random), { rows: U.cols, cols: V.cols });
  return multiply(multiply(U, merged), V, { transB: true });
}
