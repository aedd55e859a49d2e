import { dots } from "./dots.ts";
import { LinalgError } from "./errors.ts";
import { matrix, transpose, type Matrix } from "./matrix.ts";

export interface MultiplyOptions {
  /** Take Aᵀ in place of A. */
  readonly transA?: boolean;
  /** Take Bᵀ in place of B. */
  readonly transB?: boolean;
}

/**
 * A · B, or with either transposed. Every form reads its operands row by row; nothing is transposed in memory but the small result of AᵀBᵀ.
 *
 * @throws {LinalgError} E_SHAPE
 */
export function multiply(A: Matrix, B: Matrix, { transA = false, transB = false }: MultiplyOptions = {}): Matrix {
  const inner = transA ? A.rows : A.cols;
  if (inner !== (transB ? B.cols : B.rows)) {
    const shape = ({ rows, cols }: Matrix, transposed: boolean): string =>
      `${rows} × ${cols}${transposed ? " (transposed)" : ""}`;
    throw new LinalgError(
      "E_SHAPE",
      `multiply: expected inner sides to agree, got ${shape(A, transA)} and ${shape(B, transB)}`,
    );
  }
  if (transA) return transB ? transpose(multiply(B, A)) : transposedTimes(A, B);
  return transB ? timesTransposed(A, B) : times(A, B);
}

/** C[i, :] = Σ_l A[i, l] · B[l, :], four l at a time so that each row of C is loaded and stored a quarter as often. */
function times(A: Matrix, B: Matrix): Matrix {
  const [inner, n] = [A.cols, B.cols];
  const C = matrix(A.rows, n);
  const [a, b, c] = [A.data, B.data, C.data];
  for (let i = 0; i < A.rows; i++) {
    const row = i * n;
    let l = 0;
    for (; l + 4 <= inner; l += 4) {
      const at = i * inner + l;
      const [a0, a1, a2, a3] = [a[at]!, a[at + 1]!, a[at + 2]!, a[at + 3]!];
      const [b0, b1, b2, b3] = [l * n, (l + 1) * n, (l + 2) * n, (l + 3) * n];
      for (let j = 0; j < n; j++) c[row + j]! += a0 * b[b0 + j]! + a1 * b[b1 + j]! + a2 * b[b2 + j]! + a3 * b[b3 + j]!;
    }
    for (; l < inner; l++) {
      const al = a[i * inner + l]!;
      for (let j = 0; j < n; j++) c[row + j]! += al * b[l * n + j]!;
    }
  }
  return C;
}

/** C = Σ_l A[l, :]ᵀ B[l, :], two l at a time: one pass over tall operands with C, which is small, in cache. */
function transposedTimes(A: Matrix, B: Matrix): Matrix {
  const [m, n] = [A.cols, B.cols];
  const C = matrix(m, n);
  const [a, b, c] = [A.data, B.data, C.data];
  let l = 0;
  for (; l + 2 <= A.rows; l += 2) {
    for (let i = 0; i < m; i++) {
      const [a0, a1] = [a[l * m + i]!, a[(l + 1) * m + i]!];
      for (let j = 0; j < n; j++) c[i * n + j]! += a0 * b[l * n + j]! + a1 * b[(l + 1) * n + j]!;
    }
  }
  for (; l < A.rows; l++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) c[i * n + j]! += a[l * m + i]! * b[l * n + j]!;
    }
  }
  return C;
}

/** C[i, j] = A[i, :] · B[j, :], two rows by four at a time. */
function timesTransposed(A: Matrix, B: Matrix): Matrix {
  const inner = A.cols;
  const C = matrix(A.rows, B.rows);
  const empty = new Float64Array(inner);
  const row = ({ data, rows }: Matrix, i: number): Float64Array =>
    i < rows ? data.subarray(i * inner, (i + 1) * inner) : empty;
  const rowsOfB = Array.from({ length: B.rows + 3 }, (_, j) => row(B, j));
  const sums = new Float64Array(8);
  for (let i = 0; i < A.rows; i += 2) {
    const two = [row(A, i), row(A, i + 1)] as const;
    for (let j = 0; j < B.rows; j += 4) {
      dots(two, [rowsOfB[j]!, rowsOfB[j + 1]!, rowsOfB[j + 2]!, rowsOfB[j + 3]!], sums);
      const width = Math.min(4, B.rows - j);
      C.data.set(sums.subarray(0, width), i * B.rows + j);
      if (i + 1 < A.rows) C.data.set(sums.subarray(4, 4 + width), (i + 1) * B.rows + j);
    }
  }
  return C;
}
