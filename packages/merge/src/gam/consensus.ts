import type { Matrix } from "@prefdelta/linalg";
import { matrix } from "@prefdelta/linalg";
import type { NullLevel } from "./null-level.ts";
import { projectionMean, type Member } from "./projection-mean.ts";

/** What the adapters share on one side of a module. */
export interface Consensus {
  /** R: the number of directions that they share. */
  readonly rank: number;
  /** An eigenvalue of the projection mean must reach this to count. */
  readonly threshold: number;
  /** Of the projection mean, falling. */
  readonly eigenvalues: readonly number[];
  /** An orthonormal basis of the shared directions, p × R. */
  readonly frame: Matrix;
}

export interface ConsensusGate {
  /** θ₀ in radians: directions further apart are not shared. */
  readonly theta0: number;
  /** What chance reaches; absent: chance is not asked. */
  readonly nullLevel: NullLevel | null;
}

/** Eigenvalues at a threshold, up to rounding, are decided alike in every order of the adapters. */
const ROUNDING = 1e-9;

/**
 * The directions that members share: eigenvectors of their projection mean with an eigenvalue of at least
 * τ = ω_max + (1 − ω_max) cos²θ₀, which is what a direction has that the heaviest member holds and all others meet at θ₀, and, if asked
 * for, above what random subspaces of R^dimension reach. One member alone shares nothing.
 */
export function consensus(
  members: readonly Member[],
  dimension: number,
  { theta0, nullLevel }: ConsensusGate,
): Consensus {
  const largest = Math.max(0, ...members.map(({ omega }) => omega));
  const tau = largest + (1 - largest) * Math.cos(theta0) ** 2;
  const alone = members.filter(({ basis }) => basis.cols > 0).length < 2;
  if (alone) return { rank: 0, threshold: tau, eigenvalues: [], frame: matrix(members[0]?.basis.rows ?? 0, 0) };

  const chance = nullLevel?.(dimension, members) ?? 0;
  const { eigenvalues, frame } = projectionMean(members);
  const rank = eigenvalues.filter((value) => value >= tau - ROUNDING && value > chance + ROUNDING).length;
  return { rank, threshold: Math.max(tau, chance), eigenvalues: [...eigenvalues], frame: frame(rank) };
}

/** The leading directions of the projection mean, as many as the smallest member has, shared or not: the frame of Procrustes merging. */
export function leadingConsensus(members: readonly Member[]): Consensus {
  const rank = Math.min(...members.map(({ basis }) => basis.cols));
  if (members.length < 2)
    return { rank: 0, threshold: 0, eigenvalues: [], frame: matrix(members[0]?.basis.rows ?? 0, 0) };
  const { eigenvalues, frame } = projectionMean(members);
  return { rank, threshold: 0, eigenvalues: [...eigenvalues], frame: frame(rank) };
}
