import { dot } from "./dot.ts";
import { eigenSymmetric } from "./eigen-symmetric.ts";
import { matrix, transpose, type Matrix } from "./matrix.ts";
import { gram, multiply } from "./multiply.ts";
import type { Svd } from "./svd.ts";
import { thinQr } from "./thin-qr.ts";

/** Rounds of rotations; after an eigendecomposition one or two are needed. */
const ROUNDS = 40;

/**
 * The SVD of a square matrix in two steps: V from the eigenvectors of AᵀA, which have half of the digits for small singular values, then
 * rotations of pairs of columns of A V until all are orthogonal (Hestenes 1958, https://doi.org/10.1137/0106005), which gives the others.
 * Entries are to be near 1. Columns that rounding cannot tell from zero get directions that fill up U.
 */
export function svdByGram(A: Matrix): Svd {
  const n = A.rows;
  const V = transpose(eigenSymmetric(gram(A)).vectors); // a vector a row
  const X = multiply(V, A, { transB: true }); // row j: A vⱼ
  const rowOf = ({ data }: Matrix, j: number): Float64Array => data.subarray(j * n, (j + 1) * n);
  const [tolerance, rounding] = [n * Number.EPSILON, n * Number.EPSILON];

  for (let round = 0; round < ROUNDS; round++) {
    const overlaps = gram({ ...X, transposed: true });
    const sizes = Float64Array.from({ length: n }, (_, j) => Math.sqrt(overlaps.data[j * (n + 1)]!));
    const least = rounding * Math.max(...sizes);
    let turned = false;
    for (let p = 0; p < n; p++) {
      if (sizes[p]! <= least) continue;
      for (let q = p + 1; q < n; q++) {
        if (sizes[q]! <= least) continue;
        if (Math.abs(overlaps.data[p * n + q]!) <= tolerance * sizes[p]! * sizes[q]!) continue;
        // What a rotation before this one changed is looked at again.
        const rotation = rotationOf(rowOf(X, p), rowOf(X, q), tolerance);
        if (rotation === null) continue;
        turned = true;
        for (const rows of [X, V]) rotate(rowOf(rows, p), rowOf(rows, q), rotation);
      }
    }
    if (!turned) break;
  }

  const norms = Array.from({ length: n }, (_, j) => Math.sqrt(dot(rowOf(X, j), rowOf(X, j))));
  const falling = [...norms.keys()].sort((a, b) => norms[b]! - norms[a]!);
  const least = rounding * norms[falling[0]!]!;
  const [U, right] = [matrix(n, n), matrix(n, n)];
  for (const [to, from] of falling.entries()) {
    const norm = norms[from]!;
    for (let i = 0; i < n; i++) {
      U.data[i * n + to] = norm <= least ? 0 : X.data[from * n + i]! / norm;
      right.data[i * n + to] = V.data[from * n + i]!;
    }
  }
  const isWhole = norms.every((norm) => norm > least);
  return { U: isWhole ? U : thinQr(U).Q, S: Float64Array.from(falling, (j) => norms[j]!), V: right };
}

type Rotation = readonly [c: number, s: number];

/** What makes x and y orthogonal, or null where they are. */
function rotationOf(x: Float64Array, y: Float64Array, tolerance: number): Rotation | null {
  const [xx, yy, xy] = [dot(x, x), dot(y, y), dot(x, y)];
  if (Math.abs(xy) <= tolerance * Math.sqrt(xx * yy)) return null;
  const zeta = (yy - xx) / (2 * xy);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, t);
  return [c, c * t];
}

function rotate(x: Float64Array, y: Float64Array, [c, s]: Rotation): void {
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i]!, y[i]!];
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}
