import { matrix, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { svd } from "./svd.ts";

/**
 * The principal angles between the spans of two matrices with orthonormal columns: min(cols₁, cols₂) of them, in radians, rising.
 *
 * Cosines alone lose half the digits of a small angle, so each angle is taken from the cosine and the sine of its pair of principal
 * vectors (after Björck & Golub 1973, https://doi.org/10.1090/S0025-5718-1973-0348991-3).
 *
 * @throws {LinalgError} E_SHAPE, E_NOT_FINITE
 */
export function principalAngles(U1: Matrix, U2: Matrix): Float64Array {
  const { U: P, S: cosines, V: Y } = svd(multiply(U1, U2, { transA: true }));
  const x = multiply(U1, P);
  const y = multiply(U2, Y);
  const squaredSines = matrix(1, cosines.length).data;
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < cosines.length; j++) {
      const entry = i * cosines.length + j;
      squaredSines[j]! += (y.data[entry]! - cosines[j]! * x.data[entry]!) ** 2;
    }
  }
  return cosines.map((cosine, j) => Math.atan2(Math.sqrt(squaredSines[j]!), cosine)).sort();
}
