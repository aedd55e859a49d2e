import { bySide, share, type Sides } from "./sides.ts";

/** A pair's answers under one model, the one that is to learn from them. */
export interface ScoredPair {
  /** Sums over the tokens that a trainer counts, in nats. */
  readonly logProbs: Sides<number>;
  /** How many these are; at least one each. */
  readonly tokens: Sides<number>;
}

/** Means over the scored pairs, in nats; null without any. */
export interface Margins {
  readonly pairs: number;
  readonly logProb: Sides<number | null>;
  /** Of a pair's own mean per token. */
  readonly logProbPerToken: Sides<number | null>;
  /** Chosen minus rejected: what DPO's implicit reward starts from. */
  readonly margin: number | null;
  readonly marginPerToken: number | null;
  /** Share where chosen is likelier, token for token; equal ones count half. */
  readonly chosenLikelier: number | null;
}

export function createMargins(): { add(scored: ScoredPair): void; report(): Margins } {
  const sums = { chosen: 0, rejected: 0 };
  const perToken = { chosen: 0, rejected: 0 };
  let pairs = 0;
  let likelier = 0;
  return {
    add({ logProbs, tokens }) {
      pairs++;
      const means = bySide((side) => logProbs[side] / tokens[side]);
      for (const side of ["chosen", "rejected"] as const) {
        sums[side] += logProbs[side];
        perToken[side] += means[side];
      }
      likelier += (Math.sign(means.chosen - means.rejected) + 1) / 2;
    },
    report: () => ({
      pairs,
      logProb: bySide((side) => share(sums[side], pairs)),
      logProbPerToken: bySide((side) => share(perToken[side], pairs)),
      margin: share(sums.chosen - sums.rejected, pairs),
      marginPerToken: share(perToken.chosen - perToken.rejected, pairs),
      chosenLikelier: share(likelier, pairs),
    }),
  };
}
