import { matrix, type Matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";

/** Squares of lengths that neither overflow nor lose digits. */
const [SMALLEST, LARGEST] = [1e-280, 1e280];

/** Up to this size a triangle is made number by number; a larger one from two of half its size by products. */
const SMALL = 32;

export interface Cholesky {
  /** Upper triangular, RᵀR = G. */
  readonly R: Matrix;
  /** R⁻¹ */
  readonly inverse: Matrix;
  /** The least squared sine of the angle between a column and those before it. */
  readonly least: number;
}

/**
 * RᵀR = G with an upper triangular R, and R⁻¹, of a Gram matrix whose columns are first scaled to length 1.
 *
 * @returns null where G is not positive definite by its numbers, or its entries are out of range
 */
export function scaledCholesky(G: Matrix): Cholesky | null {
  const n = G.rows;
  const lengths = Float64Array.from({ length: n }, (_, j) => G.data[j * (n + 1)]!);
  if (!lengths.every((square) => square >= SMALLEST && square <= LARGEST)) return null;
  for (let j = 0; j < n; j++) lengths[j] = Math.sqrt(lengths[j]!);
  const unit = matrix(n, n);
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++)
      unit.data[i * n + j] = unit.data[j * n + i] = G.data[i * n + j]! / (lengths[i]! * lengths[j]!);
  const found = factor(unit);
  if (found === null) return null;
  const [R, inverse] = [found.R.data, found.inverse.data];
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      R[i * n + j]! *= lengths[j]!;
      inverse[i * n + j]! /= lengths[i]!;
    }
  }
  return found;
}

/** Of the halves: R₁₂ = R₁₁⁻ᵀ G₁₂, R₂₂ᵀR₂₂ = G₂₂ − R₁₂ᵀR₁₂, and −R₁₁⁻¹ R₁₂ R₂₂⁻¹ in the inverse's corner. */
function factor(G: Matrix): Cholesky | null {
  const n = G.rows;
  if (n <= SMALL) return factorSmall(G);
  const half = 4 * Math.ceil(n / 8);
  const first = factor(part(G, [0, half], [0, half]));
  if (first === null) return null;
  const R12 = multiply(first.inverse, part(G, [0, half], [half, n]), { transA: true });
  const rest = part(G, [half, n], [half, n]);
  const taken = multiply(R12, R12, { transA: true });
  for (let i = 0; i < rest.data.length; i++) rest.data[i]! -= taken.data[i]!;
  const second = factor(rest);
  if (second === null) return null;
  const corner = multiply(multiply(first.inverse, R12), second.inverse);
  for (let i = 0; i < corner.data.length; i++) corner.data[i]! *= -1;
  return {
    R: joined(first.R, R12, second.R),
    inverse: joined(first.inverse, corner, second.inverse),
    least: Math.min(first.least, second.least),
  };
}

function factorSmall(G: Matrix): Cholesky | null {
  const n = G.rows;
  const R = matrix(n, n);
  const r = R.data;
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) r[i * n + j] = G.data[i * n + j]!;
  let least = 1;
  for (let i = 0; i < n; i++) {
    const pivot = r[i * (n + 1)]!;
    if (!(pivot > 0)) return null;
    least = Math.min(least, pivot);
    const root = Math.sqrt(pivot);
    for (let j = i; j < n; j++) r[i * n + j]! /= root;
    for (let k = i + 1; k < n; k++) {
      const share = r[i * n + k]!;
      if (share === 0) continue;
      for (let j = k; j < n; j++) r[k * n + j]! -= share * r[i * n + j]!;
    }
  }
  return { R, inverse: invertSmall(R), least };
}

/** Row i of X from those below: X_i = (e_i − Σ_{k > i} R_ik X_k) / R_ii. */
function invertSmall(R: Matrix): Matrix {
  const n = R.rows;
  const inverse = matrix(n, n);
  const [r, x] = [R.data, inverse.data];
  for (let i = n - 1; i >= 0; i--) {
    const diagonal = r[i * (n + 1)]!;
    x[i * (n + 1)] = 1;
    for (let k = i + 1; k < n; k++) {
      const share = r[i * n + k]!;
      if (share === 0) continue;
      for (let j = k; j < n; j++) x[i * n + j]! -= share * x[k * n + j]!;
    }
    for (let j = i; j < n; j++) x[i * n + j]! /= diagonal;
  }
  return inverse;
}

type Span = readonly [from: number, to: number];

function part(A: Matrix, [top, bottom]: Span, [left, right]: Span): Matrix {
  const block = matrix(bottom - top, right - left);
  for (let i = top; i < bottom; i++)
    block.data.set(A.data.subarray(i * A.cols + left, i * A.cols + right), (i - top) * block.cols);
  return block;
}

/** An upper triangle of its blocks. */
function joined(first: Matrix, corner: Matrix, second: Matrix): Matrix {
  const [half, n] = [first.rows, first.rows + second.rows];
  const whole = matrix(n, n);
  for (let i = 0; i < half; i++) {
    whole.data.set(first.data.subarray(i * half, (i + 1) * half), i * n);
    whole.data.set(corner.data.subarray(i * corner.cols, (i + 1) * corner.cols), i * n + half);
  }
  for (let i = 0; i < second.rows; i++)
    whole.data.set(second.data.subarray(i * second.cols, (i + 1) * second.cols), (half + i) * n + half);
  return whole;
}
