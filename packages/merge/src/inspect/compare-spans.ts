import { principalAngles } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import { degrees, type RandomAngles } from "./random-angles.ts";

/** Two subspaces of one side of a layer, beside what random subspaces of their ranks would show. Angles are in degrees, rising. */
export interface SpanComparison {
  readonly angles: readonly number[];
  readonly randomAngles: readonly number[];
  /** Mean squared cosine of the angles: 1 when the smaller space lies in the larger; null when a space is zero. */
  readonly overlap: number | null;
  readonly randomOverlap: number | null;
}

/** Of orthonormal bases, which may be in coordinates of a smaller space than the side's own, of that dimension. */
export type CompareSpans = (U1: Matrix, U2: Matrix, dimension?: number) => SpanComparison;

export function spanComparer(randomAngles: RandomAngles): CompareSpans {
  return (U1, U2, dimension = U1.rows) => {
    const ranks = [Math.min(U1.cols, U2.cols), Math.max(U1.cols, U2.cols)] as const;
    if (ranks[0] === 0) return { angles: [], randomAngles: [], overlap: null, randomOverlap: null };
    const angles = principalAngles(U1, U2);
    return {
      angles: Array.from(angles, degrees),
      randomAngles: randomAngles(dimension, ranks),
      overlap: angles.reduce((sum, angle) => sum + Math.cos(angle) ** 2, 0) / ranks[0],
      randomOverlap: ranks[1] / dimension,
    };
  };
}
