import { applyBlock, type BlockReflector, blockReflector } from "./block-reflector.ts";
import { dot } from "./dot.ts";
import { matrix, type Matrix } from "./matrix.ts";
import { reflectorOf } from "./reflector.ts";
import { kernels } from "./wasm/kernels.ts";
import { STRETCH } from "./wasm/symmetric-step.ts";

export interface Tridiagonal {
  /** n entries */
  readonly diagonal: Float64Array;
  /** Entry i is beside diagonal entries i and i + 1; the last, of n, is 0. */
  readonly beside: Float64Array;
  /** Multiplies rows of n numbers by Qᵀ from the right, in place: rows of eigenvectors of T become those of A. */
  readonly backToRows: (rows: Float64Array, count: number) => void;
}

/** Reflectors that are applied together. */
const BLOCK = 32;

/** A = Q T Qᵀ of a symmetric matrix by Householder reflections (Golub & Van Loan, 4th ed., §8.3.1). */
export function tridiagonalise(A: Matrix): Tridiagonal {
  const n = A.rows;
  // Rows, v and w begin with zeros in v and w where they have nothing to say, so that all are taken in whole stretches.
  const stride = Math.ceil(n / STRETCH) * STRETCH;
  const { numbers, rowDots, subtractOuter } = kernels();
  const [vAt, wAt] = [n * stride, (n + 1) * stride];
  const memory = numbers((n + 2) * stride).fill(0, 0, (n + 2) * stride);
  for (let i = 0; i < n; i++) memory.set(A.data.subarray(i * n, (i + 1) * n), i * stride);
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const reflectors: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    diagonal[k] = memory[k * stride + k]!;
    if (k === n - 1) break;
    const [next, rest] = [k + 1, n - k - 1];
    // The matrix is kept whole: its column is its row.
    const { v, norm, sign } = reflectorOf(memory.slice(k * stride + next, k * stride + n));
    beside[k] = sign * norm;
    reflectors.push(v);
    const from = next - (next % STRETCH);
    const stretches = (stride - from) / STRETCH;
    memory.fill(0, vAt + from, vAt + next).set(v, vAt + next);
    rowDots(rest, stretches, 8 * (next * stride + from), 8 * stride, 8 * (vAt + from), 8 * (wAt + next));
    const w = memory.subarray(wAt + next, wAt + n);
    for (let i = 0; i < rest; i++) w[i]! *= 2;
    const overlap = dot(w, v);
    for (let i = 0; i < rest; i++) w[i]! -= overlap * v[i]!;
    memory.fill(0, wAt + from, wAt + next);
    const [at, V, W] = [next * stride + from, vAt + from, wAt + from].map((place) => 8 * place);
    subtractOuter(rest, stretches, at!, 8 * stride, V!, W!, 8 * (vAt + next), 8 * (wAt + next));
  }
  return {
    diagonal,
    beside,
    backToRows(rows, count) {
      // Q = H₀ H₁ ⋯ applied to columns that lie in rows: last reflectors first.
      for (const block of inBlocks(reflectors, n).toReversed())
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
