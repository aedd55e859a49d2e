import { applyBlock, type BlockReflector, blockReflector } from "./block-reflector.ts";
import { dot } from "./dot.ts";
import { matrix, type Matrix } from "./matrix.ts";
import { reflectorOf } from "./reflector.ts";

export interface Tridiagonal {
  /** n entries */
  readonly diagonal: Float64Array;
  /** Entry i is beside diagonal entries i and i + 1; the last, of n, is 0. */
  readonly beside: Float64Array;
  /** Multiplies rows of n numbers by Qᵀ from the right, in place: rows of eigenvectors of T become those of A. */
  readonly backToRows: (rows: Float64Array, count: number) => void;
}

/** Reflectors that are applied together. */
const BLOCK = 8;

/** A = Q T Qᵀ of a symmetric matrix by Householder reflections (Golub & Van Loan, 4th ed., §8.3.1). */
export function tridiagonalise(A: Matrix): Tridiagonal {
  const n = A.rows;
  const T = A.data.slice();
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const reflectors: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    diagonal[k] = T[k * n + k]!;
    if (k === n - 1) break;
    const rest = n - k - 1;
    // The matrix is kept whole: its column is its row.
    const { v, norm, sign } = reflectorOf(T.slice(k * n + k + 1, (k + 1) * n));
    beside[k] = sign * norm;
    reflectors.push(v);
    const w = new Float64Array(rest);
    for (let i = 0; i < rest; i++) w[i] = 2 * dot(T.subarray((k + 1 + i) * n + k + 1, (k + 2 + i) * n), v);
    const overlap = dot(w, v);
    for (let i = 0; i < rest; i++) w[i]! -= overlap * v[i]!;
    for (let i = 0; i < rest; i++) {
      const [vi, wi, row] = [v[i]!, w[i]!, (k + 1 + i) * n + k + 1];
      for (let j = 0; j < rest; j++) T[row + j]! -= vi * w[j]! + wi * v[j]!;
    }
  }
  const blocks = inBlocks(reflectors, n);
  return {
    diagonal,
    beside,
    backToRows(rows, count) {
      // Q = H₀ H₁ ⋯ applied to columns that lie in rows: last reflectors first.
      for (const block of blocks.toReversed())
        applyBlock({ data: rows, length: n }, block, { first: 0, count, transposed: false });
    },
  };
}

/** Reflector k changes the entries from k + 1 on. */
function inBlocks(reflectors: readonly Float64Array[], n: number): BlockReflector[] {
  const blocks: BlockReflector[] = [];
  for (let first = 0; first < reflectors.length; first += BLOCK) {
    const size = Math.min(BLOCK, reflectors.length - first);
    const V = matrix(size, n - first - 1);
    for (let i = 0; i < size; i++) V.data.set(reflectors[first + i]!, i * V.cols + i);
    blocks.push(blockReflector({ data: V.data, length: V.cols }, size, first + 1));
  }
  return blocks;
}
