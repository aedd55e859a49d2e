import { LinalgError } from "./errors.ts";
import { matrix, type Matrix, type Numbers } from "./matrix.ts";
import { panelsProduct, type Strided } from "./panels.ts";

export interface MultiplyOptions {
  /** Take Aᵀ in place of A. */
  readonly transA?: boolean;
  /** Take Bᵀ in place of B. */
  readonly transB?: boolean;
}

/** Products of fewer terms are summed one by one: packing them would take longer. */
const SMALL = 2 ** 12;

/**
 * A · B, or with either transposed; nothing is transposed in memory. The same bits at every call, and on every machine that fuses products and sums (wasm/assemble.ts).
 *
 * @param A numbers in float32 are summed in float64 all the same; so are B's
 * @throws {LinalgError} E_SHAPE
 */
export function multiply(A: Numbers, B: Numbers, { transA = false, transB = false }: MultiplyOptions = {}): Matrix {
  const [left, right] = [strided(A, transA), strided(B, !transB)];
  if (left.inner !== right.inner) {
    const shape = ({ rows, cols }: Numbers, transposed: boolean): string =>
      `${rows} × ${cols}${transposed ? " (transposed)" : ""}`;
    throw new LinalgError(
      "E_SHAPE",
      `multiply: expected inner sides to agree, got ${shape(A, transA)} and ${shape(B, transB)}`,
    );
  }
  const terms = left.rows * right.rows * left.inner;
  const data = terms < SMALL ? oneByOne(left, right) : panelsProduct(left, right);
  return { rows: left.rows, cols: right.rows, data };
}

/**
 * AᵀA, at half the cost of multiply.
 *
 * @param A numbers in float32 are summed in float64 all the same; `transposed`: the memory holds Aᵀ row by row
 */
export function gram({ transposed = false, ...A }: Numbers & { readonly transposed?: boolean }): Matrix {
  const columns = transposed ? strided({ ...A, rows: A.cols, cols: A.rows }, false) : strided(A, true);
  return { rows: A.cols, cols: A.cols, data: panelsProduct(columns, columns, { symmetric: true }) };
}

/** The matrix, or with `transposed` its transpose, as rows of what is summed over. */
export const strided = ({ rows, cols, data }: Numbers, transposed: boolean): Strided =>
  transposed
    ? { data, rows: cols, inner: rows, across: 1, along: cols }
    : { data, rows, inner: cols, across: cols, along: 1 };

function oneByOne(A: Strided, B: Strided): Float64Array {
  const C = matrix(A.rows, B.rows).data;
  for (let i = 0; i < A.rows; i++) {
    for (let j = 0; j < B.rows; j++) {
      let sum = 0;
      for (let l = 0; l < A.inner; l++)
        sum += A.data[i * A.across + l * A.along]! * B.data[j * B.across + l * B.along]!;
      C[i * B.rows + j] = sum;
    }
  }
  return C;
}
