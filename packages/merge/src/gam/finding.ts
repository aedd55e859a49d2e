import type { ConsensusFinding, ModuleConsensus, SideFinding } from "../methods/merge-method.ts";
import type { Aligned, SideConsensus } from "./align.ts";

interface Asked {
  readonly gate: "joint" | "angle" | "none";
  readonly form: "whole" | "drift";
}

/** What an alignment found, as reports have it. */
export function findConsensus(aligned: Pick<Aligned, "left" | "right">, asked: Asked): ModuleConsensus {
  const [left, right] = [describe(aligned.left), describe(aligned.right)];
  return { left, right, finding: finding(left, right, asked) };
}

function describe({ alone, joint }: SideConsensus): SideFinding {
  const { rank, threshold, eigenvalues } = alone;
  return { rank, jointRank: joint?.rank ?? null, threshold, eigenvalues };
}

function finding(left: SideFinding, right: SideFinding, { gate, form }: Asked): ConsensusFinding {
  if (gate === "none") return "ungated";
  const both = gate === "joint" ? left.jointRank! + right.jointRank! > 0 : left.rank > 0 && right.rank > 0;
  if (both) return "shared";
  if (form === "drift" || (right.rank > 0 && left.rank === 0)) return "no consensus beyond A₀";
  return left.rank + right.rank > 0 ? "one side only" : "none";
}
