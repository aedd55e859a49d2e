import { createRandom } from "@prefdelta/random";
import * as z from "zod";
import type { Consensus } from "../gam/consensus.ts";
import { align, type SideConsensus } from "../gam/align.ts";
import { nullLevels } from "../gam/null-level.ts";
import { commonOptions, type ConsensusFinding, type SubspaceMethod, type SideFinding } from "./merge-method.ts";

export const gamOptions = z.strictObject({
  method: z.literal("gam"),
  ...commonOptions,
  /**
   * Which directions are turned. joint: shared beyond chance on one side, and carried by what is shared on the other; safe when the
   * adapters began at one A₀. angle: shared on this side. none: as many as the smallest adapter has (full Procrustes).
   */
  gate: z.enum(["joint", "angle", "none"]).default("joint"),
  /** How far towards the shared frame: 0 is task arithmetic, 1 all the way. */
  t: z.number().min(0).max(1).default(1),
  /** Degrees. Directions further from the frame are not shared; has no meaning at gate none. */
  theta0: z.number().min(0).max(90).default(45),
  sides: z.enum(["both", "left", "right"]).default("both"),
  /** The mean of subspaces. */
  frame: z.enum(["projection"]).default("projection"),
  /** Shares of the adapters in that mean: the sizes of their weights, or equal. */
  omega: z.enum(["weights", "uniform"]).default("weights"),
  /** Random draws behind the null level of the joint gate, and their seed. */
  draws: z.int().min(2).default(20),
  seed: z.int().default(0),
});

/** Geometric Alignment Merging: rotations towards shared subspaces, then the weighted sum. docs/gam.md derives it. */
export const gam: SubspaceMethod<z.output<typeof gamOptions>> = {
  reference: "https://arxiv.org/abs/2606.00357",
  deviation:
    "The paper's formulas are not public; this is our reading of its abstract. The joint gate is ours. See docs/gam.md.",
  combiner: ({ gate, t, theta0, sides, omega, draws, seed }) => {
    const nullLevel = nullLevels(createRandom(seed), draws);
    const options = { gate, t, theta0: (theta0 * Math.PI) / 180, sides, omega, nullLevel };
    return ({ sources, left: write, right: read }) => {
      const aligned = align(sources, { left: write.rows, right: read.rows }, options);
      const [left, right] = [describe(aligned.left), describe(aligned.right)];
      return { sources: aligned.sources, consensus: { left, right, finding: finding(gate, left, right) } };
    };
  },
};

function describe({ alone, joint }: SideConsensus): SideFinding {
  const { rank, threshold, eigenvalues }: Consensus = alone;
  return { rank, jointRank: joint?.rank ?? null, threshold, eigenvalues };
}

function finding(gate: "joint" | "angle" | "none", left: SideFinding, right: SideFinding): ConsensusFinding {
  if (gate === "none") return "ungated";
  const both = gate === "joint" ? left.jointRank! + right.jointRank! > 0 : left.rank > 0 && right.rank > 0;
  if (both) return "shared";
  return left.rank + right.rank > 0 ? "one side only" : "none";
}
