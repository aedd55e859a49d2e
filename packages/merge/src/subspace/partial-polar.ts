import { columns, multiply, svd } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import { NEGLIGIBLE } from "./shared-basis.ts";

/**
 * The partial isometry of A's polar decomposition: U Vᵀ over the singular values that are not zero. Unique whatever the rank, where the full
 * polar factor of a singular A fills up with arbitrary directions.
 */
export function partialPolar(A: Matrix): Matrix {
  const { U, S, V } = svd(A);
  const rank = S.filter((value) => value > NEGLIGIBLE * S[0]!).length;
  return multiply(columns(U, 0, rank), columns(V, 0, rank), { transB: true });
}
