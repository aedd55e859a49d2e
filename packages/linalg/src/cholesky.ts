import { matrix, type Matrix } from "./matrix.ts";

/** Squares of lengths that neither overflow nor lose digits. */
const [SMALLEST, LARGEST] = [1e-280, 1e280];

/**
 * RᵀR = G with an upper triangular R, of a Gram matrix whose columns are first scaled to length 1.
 *
 * @returns R, and the least squared sine of the angle between a column and those before it; null where G is not positive definite by its
 * numbers, or its entries are out of range
 */
export function scaledCholesky(G: Matrix): { readonly R: Matrix; readonly least: number } | null {
  const n = G.rows;
  const lengths = Float64Array.from({ length: n }, (_, j) => G.data[j * (n + 1)]!);
  if (!lengths.every((square) => square >= SMALLEST && square <= LARGEST)) return null;
  for (let j = 0; j < n; j++) lengths[j] = Math.sqrt(lengths[j]!);
  const R = matrix(n, n);
  const r = R.data;
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) r[i * n + j] = G.data[i * n + j]! / (lengths[i]! * lengths[j]!);
  let least = 1;
  for (let i = 0; i < n; i++) {
    const pivot = r[i * (n + 1)]!;
    if (!(pivot > 0)) return null;
    least = Math.min(least, pivot);
    const root = Math.sqrt(pivot);
    for (let j = i; j < n; j++) r[i * n + j]! /= root;
    for (let k = i + 1; k < n; k++) {
      const factor = r[i * n + k]!;
      if (factor === 0) continue;
      for (let j = k; j < n; j++) r[k * n + j]! -= factor * r[i * n + j]!;
    }
  }
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) r[i * n + j]! *= lengths[j]!;
  return { R, least };
}

/** R⁻¹ of an upper triangular matrix without zeros on its diagonal. */
export function invertTriangle(R: Matrix): Matrix {
  const n = R.rows;
  const inverse = matrix(n, n);
  const [r, x] = [R.data, inverse.data];
  // Row i of X from those below: X_i = (e_i − Σ_{k > i} R_ik X_k) / R_ii.
  for (let i = n - 1; i >= 0; i--) {
    const diagonal = r[i * (n + 1)]!;
    x[i * (n + 1)] = 1;
    for (let k = i + 1; k < n; k++) {
      const factor = r[i * n + k]!;
      if (factor === 0) continue;
      for (let j = k; j < n; j++) x[i * n + j]! -= factor * x[k * n + j]!;
    }
    for (let j = i; j < n; j++) x[i * n + j]! /= diagonal;
  }
  return inverse;
}
