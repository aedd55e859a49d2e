import type { Random } from "@prefdelta/random";
import { projectionMean, type Member } from "./projection-mean.ts";
import { randomSubspaces } from "./random-subspaces.ts";

/** The eigenvalue of a projection mean that members of these ranks and shares reach by chance in R^dimension. */
export type NullLevel = (dimension: number, members: readonly Pick<Member, "basis" | "omega">[]) => number;

/**
 * Draws random subspaces of the members' ranks, takes the largest eigenvalue of their projection mean, and puts the level three standard
 * deviations of the draws above the largest draw, but at most halfway from there to 1, where a direction that all share stands. The
 * largest draw alone would be passed by one random case in draws + 1, and a model has hundreds of modules.
 *
 * Levels are remembered. A level depends on the stream's seed, the dimension, the ranks and shares, and not on order.
 */
export function nullLevels(random: Random, draws: number): NullLevel {
  const known = new Map<string, number>();
  return (dimension, members) => {
    const drawn = members
      .map(({ basis, omega }) => ({ rank: basis.cols, omega }))
      .filter(({ rank }) => rank > 0)
      .sort((a, b) => a.rank - b.rank || a.omega - b.omega);
    const ranks = drawn.map(({ rank }) => rank);
    const key = [dimension, ...drawn.map(({ rank, omega }) => `${rank}@${omega.toFixed(9)}`)].join(" ");
    const level = known.get(key) ?? drawLevel();
    known.set(key, level);
    return level;

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
