import { scaleColumns } from "./arithmetic.ts";
import { eigenSymmetric } from "./eigen-symmetric.ts";
import { implicitQr, type Basis } from "./implicit-qr.ts";
import { transpose, type Matrix, type Numbers } from "./matrix.ts";
import { gram, multiply } from "./multiply.ts";
import { svd } from "./svd.ts";

export interface ImplicitSvd {
  /** rows × k with k = min(rows, cols), orthonormal columns */
  readonly U: Matrix;
  /** k values, ≥ 0, falling */
  readonly S: Float64Array;
  /** cols × k */
  readonly V: Basis;
}

/** The square of the least singular value, of the largest's: above it, V = Aᵀ U S⁻¹ is orthonormal to some 1e-10. */
const CLEAR = 1e-6;

/** A square that this is above has kept its digits. */
const SMALLEST = 1e-280;

/**
 * A = U diag(S) Vᵀ of a wide matrix, whose V need not be formed: U and S² from the eigenvectors of A Aᵀ, one pass over A. Whatever rounding
 * does to S, the first terms together are A in the span of the first vectors of U. Where singular values differ too much for that, it is
 * `implicitQr` of Aᵀ and the SVD of its triangle.
 *
 * @param A numbers in float32 are summed in float64 all the same
 * @throws {LinalgError} E_NOT_FINITE
 */
export function implicitSvd(A: Numbers): ImplicitSvd {
  const { rows, cols, data } = A;
  const across = { rows: cols, cols: rows, data, transposed: true };
  if (rows > cols) return byTriangle(across);
  const { values, vectors: U } = eigenSymmetric(gram(across));
  const [largest, least] = [values[0] ?? 0, values.at(-1) ?? 0];
  if (largest < SMALLEST || least < CLEAR * largest) return byTriangle(across);
  const S = values.map(Math.sqrt);
  const toV = scaleColumns(
    U,
    S.map((value) => 1 / value),
  );
  return {
    U,
    S,
    V: {
      rows: cols,
      cols: rows,
      times: (X) => multiply(A, multiply(toV, X), { transA: true }),
      transposedTimes: (X) => multiply(toV, multiply(A, X), { transA: true }),
    },
  };
}

function byTriangle(across: Parameters<typeof implicitQr>[0]): ImplicitSvd {
  const { Q, R } = implicitQr(across);
  const { U, S, V } = svd(transpose(R));
  return {
    U,
    S,
    V: {
      rows: Q.rows,
      cols: V.cols,
      times: (X) => Q.times(multiply(V, X)),
      transposedTimes: (X) => multiply(V, Q.transposedTimes(X), { transA: true }),
    },
  };
}
