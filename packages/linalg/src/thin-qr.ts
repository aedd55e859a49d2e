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
  for (let j = 0; j < k; j++) {
    const x = column(j, j);
    const { v, norm, sign } = reflectorOf(x);
    reflectors.push(v);
    signs[j] = sign;
    x[0] = sign * norm;
    reflectAll((of) => column(of, j), { from: j + 1, to: n }, v);
  }
  for (let j = 0; j < n; j++) {
    const x = column(j, 0);
    for (let i = 0; i <= Math.min(j, k - 1); i++) R.data[i * n + j] = (signs[i]! * x[i]!) / unit;
  }

  // Q = H₁ ⋯ H_k I, last reflector first; row j of the array is column j of Q.
  const columnsOfQ = matrix(k, m);
  for (let i = k - 1; i >= 0; i--) {
    columnsOfQ.data[i * m + i] = signs[i]!;
    reflectAll((of) => columnsOfQ.data.subarray(of * m + i, (of + 1) * m), { from: i, to: k }, reflectors[i]!);
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

/** x ← (I − 2vvᵀ) x of the columns `from` up to, not including, `to`. */
function reflectAll(
  column: (of: number) => Float64Array,
  { from, to }: { readonly from: number; readonly to: number },
  v: Float64Array,
): void {
  let j = from;
  for (; j + 2 <= to; j += 2) reflectTwo(column(j), column(j + 1), v);
  if (j < to) reflect(column(j), v);
}

function reflect(x: Float64Array, v: Float64Array): void {
  const twice = 2 * dot(v, x);
  for (let i = 0; i < v.length; i++) x[i]! -= twice * v[i]!;
}

/** Two columns for one reading of v, each with the sums of `dot` in their order: the same bits as one by one. */
function reflectTwo(x: Float64Array, y: Float64Array, v: Float64Array): void {
  const n = v.length;
  let [x0, x1, x2, x3] = [0, 0, 0, 0];
  let [y0, y1, y2, y3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const [v0, v1, v2, v3] = [v[i]!, v[i + 1]!, v[i + 2]!, v[i + 3]!];
    x0 += v0 * x[i]!;
    x1 += v1 * x[i + 1]!;
    x2 += v2 * x[i + 2]!;
    x3 += v3 * x[i + 3]!;
    y0 += v0 * y[i]!;
    y1 += v1 * y[i + 1]!;
    y2 += v2 * y[i + 2]!;
    y3 += v3 * y[i + 3]!;
  }
  for (; i < n; i++) {
    x0 += v[i]! * x[i]!;
    y0 += v[i]! * y[i]!;
  }
  const [twiceX, twiceY] = [2 * (x0 + x1 + (x2 + x3)), 2 * (y0 + y1 + (y2 + y3))];
  for (i = 0; i < n; i++) {
    const vi = v[i]!;
    x[i]! -= twiceX * vi;
    y[i]! -= twiceY * vi;
  }
}
