import { multiply, strided } from "./multiply.ts";
import { panelsProduct, type Strided } from "./panels.ts";

/** Vectors of equal length, one after the other in memory. */
export interface Vectors {
  readonly data: Float64Array;
  /** Entries of each vector, which is also the distance from one to the next. */
  readonly length: number;
}

/** H₁ H₂ ⋯ H_b = I − V T Vᵀ with Hᵢ = I − 2 vᵢ vᵢᵀ (Schreiber & Van Loan 1989, https://doi.org/10.1137/0910005). */
export interface BlockReflector {
  /** The vᵢ, unit or zero, without the entries before `from`, which are zero. */
  readonly V: Vectors;
  /** b × b, upper triangular. */
  readonly T: Float64Array;
  readonly size: number;
  /** First entry of a vector that it changes. */
  readonly from: number;
}

/** T[:, j] = −2 T (Vᵀ vⱼ) above the diagonal, 2 on it. */
export function blockReflector(V: Vectors, size: number, from: number): BlockReflector {
  const rows = rowsOf(V, size);
  const overlaps = panelsProduct(rows, rows, { symmetric: true }); // VᵀV
  const T = new Float64Array(size * size);
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let l = i; l < j; l++) sum += T[i * size + l]! * overlaps[l * size + j]!;
      T[i * size + j] = -2 * sum;
    }
    T[j * size + j] = 2;
  }
  return { V, T, size, from };
}

interface Application {
  /** First vector, and how many. */
  readonly first: number;
  readonly count: number;
  /** Whether by the transpose. */
  readonly transposed: boolean;
}

/** Multiplies vectors by I − V T Vᵀ, or by its transpose, in place: two products for all reflectors together. */
export function applyBlock(vectors: Vectors, block: BlockReflector, { first, count, transposed }: Application): void {
  if (count === 0) return;
  const { V, T, size, from } = block;
  const data = vectors.data.subarray(first * vectors.length + from);
  const X: Strided = { data, rows: count, inner: V.length, across: vectors.length, along: 1 };
  const coordinates = panelsProduct(X, rowsOf(V, size)); // row c: Vᵀ x of vector c
  const W = multiply(
    { rows: count, cols: size, data: coordinates },
    { rows: size, cols: size, data: T },
    { transB: !transposed },
  );
  const columnsOfV: Strided = { data: V.data, rows: V.length, inner: size, across: 1, along: V.length };
  const steps = panelsProduct(strided(W, false), columnsOfV);
  for (let c = 0, step = 0; c < count; c++) {
    const x = data.subarray(c * vectors.length, c * vectors.length + V.length);
    for (let i = 0; i < x.length; i++, step++) x[i]! -= steps[step]!;
  }
}

const rowsOf = ({ data, length }: Vectors, count: number): Strided => ({
  data,
  rows: count,
  inner: length,
  across: length,
  along: 1,
});
