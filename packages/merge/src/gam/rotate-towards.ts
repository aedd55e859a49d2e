import { add, matrix, multiply, polar, svd } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";

export interface Rotation {
  /** 0 leaves everything, 1 goes all the way. */
  readonly t: number;
  /** Radians; principal pairs further apart are left alone. */
  readonly limit: number;
}

/**
 * Turns the subspace `part` of span(U) along geodesics towards the span of `frame`, principal pair by principal pair, and the rest of U
 * as little as keeps it orthonormal. Columns of U keep their meaning: where U diag(S) Vᵀ was an SVD, it is one again.
 *
 * With the principal pairs of part and frame, u_j = part y_j and f_j = frame p_j at the angle θ_j from frameᵀ part = Σ_j p_j cos θ_j y_jᵀ,
 * the new n_j = (sin((1−t)θ_j) u_j + sin(tθ_j) f_j) / sin θ_j where θ_j ≤ limit. Pairs are bi-orthogonal, so the turned part is orthonormal
 * for any choice per pair. When `part` is all of span(U), this is it; otherwise the turned part may lean into the rest, and the polar
 * factor puts that right.
 *
 * @param U p × r, orthonormal columns
 * @param part p × a, an orthonormal basis of a subspace of span(U)
 * @param frame p × R, orthonormal columns
 * @returns U itself when there is nothing to turn
 */
export function rotateTowards(
  U: Matrix,
  { part, frame }: { part: Matrix; frame: Matrix },
  { t, limit }: Rotation,
): Matrix {
  if (t === 0 || part.cols === 0 || frame.cols === 0) return U;
  const { U: P, S: cosines, V: Y } = svd(multiply(frame, part, { transA: true }));
  const u = multiply(part, Y);
  const f = multiply(frame, P);
  const moves = matrix(U.rows, cosines.length); // n_j − u_j
  let moved = false;
  for (const [j, cosine] of cosines.entries()) {
    const theta = Math.acos(Math.min(1, cosine));
    if (theta > limit) continue;
    moved = true;
    // θ → 0: the geodesic is the chord. Both weights are then right to θ², far below rounding.
    const [a, b] =
      theta < 1e-7 ? [1 - t, t] : [Math.sin((1 - t) * theta) / Math.sin(theta), Math.sin(t * theta) / Math.sin(theta)];
    for (let i = j; i < moves.data.length; i += moves.cols) moves.data[i] = (a - 1) * u.data[i]! + b * f.data[i]!;
  }
  if (!moved) return U;
  // The coordinates of u_j in U are Uᵀu_j.
  const turned = add(U, multiply(moves, multiply(U, u, { transA: true }), { transB: true }));
  return part.cols < U.cols ? polar(turned) : turned;
}
