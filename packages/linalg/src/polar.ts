import type { Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { svd } from "./svd.ts";

/**
 * The matrix with orthonormal columns (rows, if A is wide) that is nearest to A: U Vᵀ of its SVD. Of several equally near ones, when A has
 * not full rank, it is an arbitrary one.
 *
 * @throws {LinalgError} E_NOT_FINITE
 */
export function polar(A: Matrix): Matrix {
  const { U, V } = svd(A);
  return multiply(U, V, { transB: true });
}
