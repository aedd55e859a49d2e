import { scale } from "./arithmetic.ts";
import { applyBlock, type BlockReflector, blockReflector, type Vectors } from "./block-reflector.ts";
import { matrix, transpose, type Matrix } from "./matrix.ts";
import { reflect, reflectorOf } from "./reflector.ts";
import { unitScale } from "./unit-scale.ts";

export interface ThinQr {
  /** rows × min(rows, cols), orthonormal columns */
  readonly Q: Matrix;
  /** min(rows, cols) × cols, upper triangular, diagonal ≥ 0 */
  readonly R: Matrix;
}

/** Columns reflected one by one before the others are by all their reflectors together. */
const BLOCK = 16;

/**
 * A = Q R by Householder reflections, in blocks (Golub & Van Loan, Matrix Computations, 4th ed., §5.2). Q is orthonormal whatever the rank
 * of A. It runs on Aᵀ, so that the columns that are reflected lie in a row of memory. O(rows · cols²).
 *
 * @throws {LinalgError} E_NOT_FINITE
 */
export function thinQr(A: Matrix): ThinQr {
  const [m, n, k] = [A.rows, A.cols, Math.min(A.rows, A.cols)];
  const unit = unitScale(A, "thinQr");
  const columnsOfA: Vectors = { data: transpose(scale(A, unit)).data, length: m };
  const signs = new Float64Array(k);
  const blocks: BlockReflector[] = [];
  for (let first = 0; first < k; first += BLOCK) {
    const size = Math.min(BLOCK, k - first);
    const block = blockReflector(reflectPanel(columnsOfA, { first, size }, signs), size, first);
    applyBlock(columnsOfA, block, { first: first + size, count: n - first - size, transposed: true });
    blocks.push(block);
  }
  const R = matrix(k, n);
  for (let i = 0; i < k; i++)
    for (let j = i; j < n; j++) R.data[i * n + j] = (signs[i]! * columnsOfA.data[j * m + i]!) / unit;

  // Q = H₁ ⋯ H_k I, last reflectors first; row j of the array is column j of Q.
  const columnsOfQ = matrix(k, m);
  for (let j = 0; j < k; j++) columnsOfQ.data[j * m + j] = signs[j]!;
  const vectors: Vectors = { data: columnsOfQ.data, length: m };
  for (const block of blocks.toReversed()) {
    applyBlock(vectors, block, { first: block.from, count: k - block.from, transposed: false });
  }
  return { Q: transpose(columnsOfQ), R };
}

/** Makes the columns of a block triangular, and gives the reflectors that did it, from entry `first` on. */
function reflectPanel(
  columns: Vectors,
  { first, size }: { readonly first: number; readonly size: number },
  signs: Float64Array,
): Vectors {
  const { data, length: m } = columns;
  const length = m - first;
  const V: Vectors = { data: new Float64Array(size * length), length };
  for (let j = 0; j < size; j++) {
    const x = data.subarray((first + j) * m + first, (first + j + 1) * m);
    for (let i = 0; i < j; i++) reflect(x.subarray(i), V.data.subarray(i * length + i, (i + 1) * length));
    const { v, norm, sign } = reflectorOf(x.subarray(j));
    V.data.set(v, j * length + j);
    signs[first + j] = sign;
    x[j] = sign * norm;
  }
  return V;
}
