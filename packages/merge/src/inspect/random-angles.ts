import { principalAngles } from "@prefdelta/linalg";
import { createRandom } from "@prefdelta/random";
import { recall, type Baselines, type Draws } from "../gam/baselines.ts";
import { randomSubspaces } from "../gam/random-subspaces.ts";

/** Principal angles in degrees, rising, of random subspaces of these ranks in R^dimension: the mean of the draws. */
export type RandomAngles = (dimension: number, ranks: readonly [number, number]) => readonly number[];

export function randomAngles({ seed, draws }: Draws, baselines: Baselines): RandomAngles {
  const random = createRandom(seed);
  return (dimension, given) => {
    const ranks = [Math.min(...given), Math.max(...given)] as const;
    return recall(baselines, ["angles", seed, draws, dimension, ...ranks], () => {
      const sums = Array.from({ length: ranks[0] }, () => 0);
      for (let draw = 0; draw < draws; draw++) {
        const [first, second] = randomSubspaces(random.fork("angles", dimension, ...ranks, draw), dimension, ranks);
        for (const [j, angle] of principalAngles(first!, second!).entries()) sums[j]! += degrees(angle) / draws;
      }
      return sums;
    });
  };
}

export const degrees = (radians: number): number => (radians * 180) / Math.PI;
