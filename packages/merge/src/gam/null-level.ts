import type { Matrix } from "@prefdelta/linalg";
import { createRandom } from "@prefdelta/random";
import { recall, type Baselines, type Draws } from "./baselines.ts";
import { projectionMean, type Member } from "./projection-mean.ts";
import { randomSubspaces } from "./random-subspaces.ts";

/** The eigenvalue of a projection mean that members of these ranks and shares reach by chance in R^dimension. */
export type NullLevel = (dimension: number, members: readonly RankedMember[]) => number;

/** Of a member, what chance depends on. */
export interface RankedMember extends Pick<Member, "omega"> {
  readonly basis: Pick<Matrix, "cols">;
}

/**
 * Draws random subspaces of the members' ranks, takes the largest eigenvalue of their projection mean, and puts the level three standard
 * deviations of the draws above the largest draw, but at most halfway from there to 1, where a direction that all share stands. The
 * largest draw alone would be passed by one random case in draws + 1, and a model has hundreds of modules.
 *
 * A level depends on the seed, the number of draws, the dimension, the ranks and shares, and not on order.
 */
export function nullLevels({ seed, draws }: Draws, baselines: Baselines): NullLevel {
  const random = createRandom(seed);
  return (dimension, members) => {
    const drawn = members
      .map(({ basis, omega }) => ({ rank: basis.cols, omega }))
      .filter(({ rank }) => rank > 0)
      .sort((a, b) => a.rank - b.rank || a.omega - b.omega);
    const ranks = drawn.map(({ rank }) => rank);
    const shares = drawn.map(({ rank, omega }) => `${rank}@${omega.toFixed(9)}`);
    return recall(baselines, ["level", seed, draws, dimension, ...shares], drawLevel);

    function drawLevel(): number {
      const tops = Array.from({ length: draws }, (_, draw) => {
        const bases = randomSubspaces(random.fork("null", dimension, ...ranks, draw), dimension, ranks);
        return projectionMean(bases.map((basis, i) => ({ basis, omega: drawn[i]!.omega }))).eigenvalues[0] ?? 0;
      });
      const mean = tops.reduce((sum, top) => sum + top, 0) / draws;
      const variance = tops.reduce((sum, top) => sum + (top - mean) ** 2, 0) / (draws - 1);
      const largest = Math.max(...tops);
      return Math.min(largest + 3 * Math.sqrt(variance), (largest + 1) / 2);
    }
  };
}
