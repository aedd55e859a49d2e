import { scale } from "./arithmetic.ts";
import { dot } from "./dot.ts";
import { matrix, transpose, type Matrix } from "./matrix.ts";
import { unitScale } from "./unit-scale.ts";

export interface ThinQr {
  /** rows × min(rows, cols), orthonormal columns */
  readonly Q: Matrix;
  /** min(rows, cols) × cols, upper triangular, diagonal ≥ 0 */
  readonly R: Matrix;
}

/**
 * A = Q R by Householder reflections (Golub & Van Loan, Matrix Computations, 4th ed., §5.2). Q is orthonormal whatever the rank of A.
 * It runs on Aᵀ, so that the columns that are reflected lie in a row of memory. O(rows · cols²).
 *
 * @throws {LinalgError} E_NOT_FINITE
 */
export function thinQr(A: Matrix): ThinQr {
  const [m, n, k] = [A.rows, A.cols, Math.min(A.rows, A.cols)];
  const unit = unitScale(A, "thinQr");
  const columnsOfA = transpose(scale(A, unit));
  const column = (j: number, from: number): Float64Array => columnsOfA.data.subarray(j * m + from, (j + 1) * m);

  const R = matrix(k, n);
  const reflectors: Float64Array[] = [];
  const signs = new Float64Array(k);
  for (let j = 0; j < n; j++) {
    const x = column(j, 0);
    for (let i = 0; i < Math.min(j, k); i++) reflect(x.subarray(i), reflectors[i]!);
    if (j < k) {
      const { v, norm, sign } = reflectorOf(x.subarray(j));
      reflectors.push(v);
      signs[j] = sign;
      x[j] = sign * norm;
    }
    for (let i = 0; i <= Math.min(j, k - 1); i++) R.data[i * n + j] = (signs[i]! * x[i]!) / unit;
  }

  // Q = H₁ ⋯ H_k I, last reflector first; row j of the array is column j of Q.
  const columnsOfQ = matrix(k, m);
  for (let j = 0; j < k; j++) {
    const q = columnsOfQ.data.subarray(j * m, (j + 1) * m);
    q[j] = signs[j]!;
    for (let i = j; i >= 0; i--) reflect(q.subarray(i), reflectors[i]!);
  }
  return { Q: transpose(columnsOfQ), R };
}

/** The unit vector v (zero if x is) with (I − 2vvᵀ) x = sign · ‖x‖ e₁; the sign is the one without cancellation. */
function reflectorOf(x: Float64Array): { v: Float64Array; norm: number; sign: number } {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const sign = x[0]! > 0 ? -1 : 1;
  if (largest === 0) return { v: x.slice(), norm: 0, sign };
  const v = x.map((value) => value / largest); // or the squares of a tiny column would underflow
  const norm = Math.sqrt(dot(v, v));
  v[0]! -= sign * norm;
  const length = Math.sqrt(dot(v, v));
  for (let i = 0; i < v.length; i++) v[i]! /= length;
  return { v, norm: norm * largest, sign };
}

/** x ← (I − 2vvᵀ) x */
function reflect(x: Float64Array, v: Float64Array): void {
  const twice = 2 * dot(v, x);
  for (let i = 0; i < v.length; i++) x[i]! -= twice * v[i]!;
}
