import { electWithin } from "@prefdelta/linalg";
import type { Voter } from "@prefdelta/linalg";
import { reusedMemory, rowBlocks, type DeltaRows, type MergeRows, type Values } from "./delta-rows.ts";

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

/** Bounds that no magnitude is within. */
const NOWHERE = { from: Infinity, until: Infinity };

/**
 * TIES-Merging's second and third steps: elect one sign an entry, and join the values that have it. Zeros have no vote and no part.
 *
 * @param least of each matrix: smaller magnitudes count as zeros. So a trimmed matrix need not be formed.
 */
export function electedRows(
  deltas: readonly DeltaRows[],
  { by, weighted, divide, even }: Election,
  least: readonly number[] = deltas.map(() => 0),
): MergeRows {
  const rules = electionRules(deltas, { weighted, divide }, least);
  const memoryFor = reusedMemory();
  const elect = (from: number, to: number, evenSign: 1 | -1): Values => {
    const voters = deltas.map(({ block }, i) => ({ ...rules[i]!, ...NOWHERE, values: block(from, to) }));
    return electWithin(voters, { by, even: evenSign }, memoryFor(voters[0]!.values)).values;
  };
  if (even === "positive") return (from, to) => elect(from, to, 1);
  const sign = balance(deltas, { by, rules }) >= 0 ? 1 : -1;
  return (from, to) => elect(from, to, sign);
}

type Rule = Omit<Voter, "values">;

/** How each matrix votes. */
export function electionRules(
  deltas: readonly Pick<DeltaRows, "weight">[],
  { weighted, divide }: Pick<Election, "weighted" | "divide">,
  least: readonly number[],
): Rule[] {
  const shareOf = { count: () => 1, weights: (weight: number) => weight, none: () => 0 }[divide];
  return deltas.map(({ weight }, i) => ({
    least: least[i]!,
    voter: weighted ? weight : 1,
    weight,
    share: shareOf(weight),
  }));
}

/** How many more entries of the whole matrix are elected positive than negative. */
function balance(
  deltas: readonly DeltaRows[],
  { by, rules }: Pick<Election, "by"> & { readonly rules: readonly Rule[] },
): number {
  let sum = 0;
  for (const [from, to] of rowBlocks(deltas[0]!)) {
    const votes = new Float64Array((to - from) * deltas[0]!.cols);
    for (const [source, { block }] of deltas.entries()) {
      const { least, voter } = rules[source]!;
      const values = block(from, to);
      for (let i = 0; i < votes.length; i++) {
        const value = values[i]!;
        if (Math.abs(value) < least) continue;
        votes[i]! += by === "sum" ? voter * value : Math.sign(voter * value);
      }
    }
    for (let i = 0; i < votes.length; i++) sum += Math.sign(votes[i]!);
  }
  return sum;
}
