import { subtract } from "./arithmetic.ts";
import type { Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { svd } from "./svd.ts";

/**
 * The principal angles between the spans of two matrices with orthonormal columns: min(cols₁, cols₂) of them, in radians, rising.
 *
 * Cosines alone lose half the digits of a small angle, so angles below 45° are taken from their sines, the singular values of what
 * remains of one basis outside the other (Björck & Golub 1973, https://doi.org/10.1090/S0025-5718-1973-0348991-3).
 *
 * @throws {LinalgError} E_SHAPE, E_NOT_FINITE
 */
export function principalAngles(U1: Matrix, U2: Matrix): Float64Array {
  if (U1.cols < U2.cols) return principalAngles(U2, U1);
  const overlap = multiply(U1, U2, { transA: true });
  const cosines = svd(overlap).S;
  const sines = svd(subtract(U2, multiply(U1, overlap))).S.toReversed();
  return cosines.map((cosine, j) => (cosine > Math.SQRT1_2 ? Math.asin(Math.min(1, sines[j]!)) : Math.acos(cosine)));
}
