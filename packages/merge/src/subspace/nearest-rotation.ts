import { columns, hcat, multiply, scale, svd } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import { NEGLIGIBLE } from "./shared-basis.ts";

/**
 * The rotation R, det R = 1, with the largest ⟨R, M⟩ (Kabsch 1976): Rᵀ A is nearest to C where M = A Cᵀ. What M says nothing of, its zero singular
 * values, is turned as little as can be, so that rows of zeros in A or C leave nothing arbitrary; a mirror image, if R would be one, is undone in
 * the direction that matters least. M is square.
 */
export function nearestRotation(M: Matrix): Matrix {
  const { U, S, V } = svd(M);
  const rank = S.filter((value) => value > NEGLIGIBLE * S[0]!).length;
  const [freeU, freeV] = [columns(U, rank, U.cols), columns(V, rank, V.cols)];
  const free = svd(multiply(freeU, freeV, { transA: true }));
  const left = hcat([columns(U, 0, rank), multiply(freeU, free.U)]);
  const right = hcat([columns(V, 0, rank), multiply(freeV, free.V)]);
  const R = multiply(left, right, { transB: true });
  if (determinantSign(R) > 0) return R;
  const last = right.cols - 1;
  const mirrored = hcat([columns(right, 0, last), scale(columns(right, last, right.cols), -1)]);
  return multiply(left, mirrored, { transB: true });
}

/** By elimination with pivots. */
function determinantSign({ rows: n, data }: Matrix): number {
  const a = Float64Array.from(data);
  let sign = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[pivot * n + k]!)) pivot = i;
    if (pivot !== k) {
      sign = -sign;
      for (let j = k; j < n; j++) [a[k * n + j], a[pivot * n + j]] = [a[pivot * n + j]!, a[k * n + j]!];
    }
    sign *= Math.sign(a[k * n + k]!);
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k]! / a[k * n + k]!;
      for (let j = k; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
    }
  }
  return sign;
}
