import { rowBlocks, type DeltaRows, type MergeRows } from "./delta-rows.ts";

export interface Election {
  /** An entry takes the sign of the sum of its values, or of their signs. */
  readonly by: "sum" | "signs";
  /** Whether votes are of the values times their weights: a negative weight turns a vote. */
  readonly weighted: boolean;
  /** By what the sum of wᵢ Δᵢ over the values of that sign is divided: how many they are, the sum of their weights, or nothing. */
  readonly divide: "count" | "weights" | "none";
  /** The sign where the vote is even: +, or the one that most entries of the whole matrix took. */
  readonly even: "positive" | "majority";
}

/** PEFT's rules: signs without weights, and the mean over those that agree. mergekit's: signs with weights. */
export const peftElection = (by: Election["by"] = "sum"): Election => ({
  by,
  weighted: false,
  divide: "count",
  even: "positive",
});
export const mergekitElection = (divide: Election["divide"], by: Election["by"] = "sum"): Election => ({
  by,
  weighted: true,
  divide,
  even: "positive",
});

/** TIES-Merging's second and third steps: elect one sign an entry, and join the values that have it. Zeros have no vote and no part. */
export function electedRows(deltas: readonly DeltaRows[], { by, weighted, divide, even }: Election): MergeRows {
  const weights = deltas.map(({ weight }) => weight);
  const voters = weights.map((weight) => (weighted ? weight : 1));
  const votesOf = (blocks: readonly Float64Array[]): Float64Array => {
    const sum = new Float64Array(blocks[0]!.length);
    for (const [source, values] of blocks.entries()) {
      const voter = voters[source]!;
      for (let i = 0; i < sum.length; i++) sum[i]! += by === "sum" ? voter * values[i]! : Math.sign(voter * values[i]!);
    }
    return sum;
  };
  const blocksOf = (from: number, to: number): Float64Array[] => deltas.map(({ block }) => block(from, to));
  const evenSign = even === "positive" || balance(deltas[0]!, (from, to) => votesOf(blocksOf(from, to))) >= 0 ? 1 : -1;

  return (from, to) => {
    const blocks = blocksOf(from, to);
    const votes = votesOf(blocks);
    const sum = new Float64Array(votes.length);
    const share = new Float64Array(votes.length);
    for (const [source, values] of blocks.entries()) {
      for (let i = 0; i < sum.length; i++) {
        const own = Math.sign(voters[source]! * values[i]!);
        if (own === 0 || own !== (Math.sign(votes[i]!) || evenSign)) continue;
        sum[i]! += weights[source]! * values[i]!;
        share[i]! += divide === "weights" ? weights[source]! : 1;
      }
    }
    if (divide !== "none") for (let i = 0; i < sum.length; i++) if (share[i] !== 0) sum[i]! /= share[i]!;
    return sum;
  };
}

/** How many more entries are positive than negative. */
function balance(size: Pick<DeltaRows, "rows" | "cols">, rows: MergeRows): number {
  let sum = 0;
  for (const [from, to] of rowBlocks(size)) for (const value of rows(from, to)) sum += Math.sign(value);
  return sum;
}
