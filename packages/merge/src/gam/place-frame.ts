import { add, frobeniusNorm, matrix, multiply, scale, scaleColumns, svd } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { Member } from "./projection-mean.ts";

export interface FrameOptions {
  /**
   * projection: where the projection mean has it. karcher: at the Riemannian mean of the members' parts nearest to that. reference: at
   * one member's part nearest to that, which then stays where it is.
   */
  readonly frame: "projection" | "karcher" | "reference";
  /** Place of the reference among the members. */
  readonly reference: number;
}

/**
 * Where the directions that members share stand. Which and how many they are, the projection mean says; this moves them.
 *
 * @param frame p × R, of the projection mean
 * @returns p × R; fewer columns where the reference has fewer directions, none where it is not among the members
 */
export function placeFrame(frame: Matrix, members: readonly Member[], options: FrameOptions): Matrix {
  if (options.frame === "projection" || frame.cols === 0) return frame;
  if (options.frame === "karcher") return karcherMean(frame, members);
  const reference = members[options.reference];
  return reference === undefined ? matrix(frame.rows, 0) : nearestPart(reference.basis, frame);
}

/** The principal vectors of span(U) with the frame: an orthonormal basis of the min(R, r) directions nearest to it. */
function nearestPart(U: Matrix, frame: Matrix): Matrix {
  const { V: Y } = svd(multiply(frame, U, { transA: true }));
  return multiply(U, Y);
}

/** Steps at most, and the length of a step (radians) that ends them. */
const [STEPS, ARRIVED] = [200, 1e-13];

/**
 * The Karcher mean on the Grassmannian Gr(p, R), by its fixed-point iteration F ← exp_F(Σ ω log_F Yᵢ) from the projection mean (Edelman,
 * Arias & Smith 1998, §2.5). It is a mean of spaces of one dimension, so Yᵢ is member i's part nearest to the projection mean, and members
 * with fewer than R directions have no say. Not unique where members are at right angles.
 */
function karcherMean(start: Matrix, members: readonly Member[]): Matrix {
  const whole = members.filter(({ basis }) => basis.cols >= start.cols);
  const total = whole.reduce((sum, { omega }) => sum + omega, 0);
  if (total === 0) return start;
  const points = whole.map(({ basis, omega }) => ({ Y: nearestPart(basis, start), share: omega / total }));
  let F = start;
  for (let step = 0; step < STEPS; step++) {
    const tangent = points
      .map(({ Y, share }) => scale(logarithm(F, Y), share))
      .reduce((sum, one) => add(sum, one), matrix(F.rows, F.cols));
    if (frobeniusNorm(tangent) < ARRIVED) break;
    F = exponential(F, tangent);
  }
  return F;
}

/** The tangent at F whose geodesic arrives at span(Y): Σ θ_j n_j p_jᵀ, with n_j the unit vector from f_j = F p_j towards y_j. */
function logarithm(F: Matrix, Y: Matrix): Matrix {
  const { U: P, S: cosines, V: Q } = svd(multiply(F, Y, { transA: true }));
  const across = add(multiply(Y, Q), scale(scaleColumns(multiply(F, P), cosines), -1)); // sin θ_j n_j
  const stretch = cosines.map((cosine, j) => {
    let square = 0;
    for (let i = j; i < across.data.length; i += across.cols) square += across.data[i]! ** 2;
    const sine = Math.sqrt(square);
    return sine === 0 ? 1 : Math.atan2(sine, cosine) / sine;
  });
  return multiply(scaleColumns(across, stretch), P, { transB: true });
}

/** With H = N diag(θ) Wᵀ: F W cos θ Wᵀ + N sin θ Wᵀ. */
function exponential(F: Matrix, H: Matrix): Matrix {
  const { U: N, S: theta, V: W } = svd(H);
  const along = scaleColumns(multiply(F, W), theta.map(Math.cos));
  return multiply(add(along, scaleColumns(N, theta.map(Math.sin))), W, { transB: true });
}
