import { scaledCholesky } from "./cholesky.ts";
import { identity, transpose, type Matrix, type Numbers } from "./matrix.ts";
import { multiply, strided } from "./multiply.ts";
import { panelsProduct } from "./panels.ts";
import { thinQr } from "./thin-qr.ts";

/** A tall matrix, entries in float32 or float64. */
export interface TallMatrix extends Numbers {
  /** Whether the memory holds its transpose row by row, as LoRA's A does. */
  readonly transposed?: boolean;
}

/** Orthonormal columns, which may never be formed. */
export interface Basis {
  readonly rows: number;
  readonly cols: number;
  /** Q X */
  readonly times: (X: Matrix) => Matrix;
  /** Qᵀ X */
  readonly transposedTimes: (X: Matrix) => Matrix;
}

export interface ImplicitQr {
  readonly Q: Basis;
  /** Square of A's width, or min(rows, cols) × cols; upper triangular. */
  readonly R: Matrix;
}

export const explicitBasis = (Q: Matrix): Basis => ({
  rows: Q.rows,
  cols: Q.cols,
  times: (X) => multiply(Q, X),
  transposedTimes: (X) => multiply(Q, X, { transA: true }),
});

/**
 * Squared sines of the angle between a column and those before it. Above the first bound the triangle is right to some 1e-10; above the second
 * one it is good enough to be made right by a second pass.
 */
const [CLEAR, VISIBLE] = [1e-6, 1e-12];

/**
 * A = Q R by Cholesky's factor of AᵀA, which for tall matrices is one fast pass over A: Q X = A (R⁻¹ X) needs no Q. Columns are scaled to
 * length 1 first, so that their sizes do not matter. Where columns are nearly dependent, a second pass over Q corrects the first (CholeskyQR2,
 * Yamamoto et al. 2015, https://etna.math.kent.edu/vol.44.2015/pp306-326.dir/pp306-326.pdf); where rounding cannot tell them apart, Householder's
 * reflections take over.
 *
 * @throws {LinalgError} E_NOT_FINITE
 */
export function implicitQr(A: TallMatrix): ImplicitQr {
  const { rows, cols, transposed = false } = A;
  if (rows < cols) return byReflections(A);
  const columns = transposed ? strided({ rows: cols, cols: rows, data: A.data }, false) : strided(A, true);
  const rowsOfA = { ...columns, rows, inner: cols, across: columns.along, along: columns.across };
  const G: Matrix = { rows: cols, cols, data: panelsProduct(columns, columns, { symmetric: true }) };
  const cholesky = scaledCholesky(G);
  if (cholesky === null || cholesky.least < VISIBLE) return byReflections(A);
  const { R, inverse } = cholesky;
  const times = (X: Matrix): Matrix => {
    const small = multiply(inverse, X);
    const data = panelsProduct(rowsOfA, strided(small, true));
    return { rows, cols: X.cols, data };
  };
  if (cholesky.least < CLEAR) {
    const first = times(identity(cols));
    const second = implicitQr(first);
    return { Q: second.Q, R: multiply(second.R, R) };
  }
  const transposedTimes = (X: Matrix): Matrix => {
    const data = panelsProduct(columns, strided(X, true));
    return multiply(inverse, { rows: cols, cols: X.cols, data }, { transA: true });
  };
  return { Q: { rows, cols, times, transposedTimes }, R };
}

function byReflections({ rows, cols, data, transposed = false }: TallMatrix): ImplicitQr {
  const numbers = data instanceof Float64Array ? data : Float64Array.from(data);
  const { Q, R } = thinQr(
    transposed ? transpose({ rows: cols, cols: rows, data: numbers }) : { rows, cols, data: numbers },
  );
  return { Q: explicitBasis(Q), R };
}
