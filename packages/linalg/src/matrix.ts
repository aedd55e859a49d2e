import { LinalgError } from "./errors.ts";

/** Entry (i, j) is data[i · cols + j]. A matrix may have no columns: the basis of the zero subspace. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/** A matrix to read from, which may be of float32 numbers. */
export interface Numbers {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array | Float32Array;
}

/**
 * A matrix of zeros, or of a copy of `data` (row-major).
 *
 * @throws {LinalgError} E_SHAPE
 */
export function matrix(rows: number, cols: number, data?: ArrayLike<number>): Matrix {
  if (!(Number.isInteger(rows) && rows >= 0 && Number.isInteger(cols) && cols >= 0)) {
    throw new LinalgError("E_SHAPE", `matrix: expected whole numbers of rows and columns, got ${rows} × ${cols}`);
  }
  if (data === undefined) return { rows, cols, data: new Float64Array(rows * cols) };
  if (data.length !== rows * cols) {
    throw new LinalgError("E_SHAPE", `matrix: expected ${rows} × ${cols} = ${rows * cols} numbers, got ${data.length}`);
  }
  return { rows, cols, data: new Float64Array(data) };
}

export function identity(n: number): Matrix {
  const I = matrix(n, n);
  for (let i = 0; i < n; i++) I.data[i * (n + 1)] = 1;
  return I;
}

export function transpose(A: Matrix): Matrix {
  const T = matrix(A.cols, A.rows);
  for (let i = 0; i < A.rows; i++) {
    for (let j = 0; j < A.cols; j++) T.data[j * A.rows + i] = A.data[i * A.cols + j]!;
  }
  return T;
}

/**
 * Matrices of the same height side by side.
 *
 * @throws {LinalgError} E_SHAPE, also when there are none
 */
export function hcat(blocks: readonly Matrix[]): Matrix {
  const rows = blocks[0]?.rows;
  if (rows === undefined || blocks.some((block) => block.rows !== rows)) {
    const heights = blocks.map((block) => block.rows).join(", ");
    throw new LinalgError("E_SHAPE", `hcat: expected blocks of one height, got [${heights}]`);
  }
  const whole = matrix(
    rows,
    blocks.reduce((sum, block) => sum + block.cols, 0),
  );
  let offset = 0;
  for (const { cols, data } of blocks) {
    for (let i = 0; i < rows; i++) whole.data.set(data.subarray(i * cols, (i + 1) * cols), i * whole.cols + offset);
    offset += cols;
  }
  return whole;
}

/**
 * Columns `from` up to, not including, `to`.
 *
 * @throws {LinalgError} E_SHAPE
 */
export function columns(A: Matrix, from: number, to: number): Matrix {
  if (!(from >= 0 && from <= to && to <= A.cols)) {
    throw new LinalgError("E_SHAPE", `columns: expected 0 ≤ from ≤ to ≤ ${A.cols}, got ${from} and ${to}`);
  }
  const part = matrix(A.rows, to - from);
  for (let i = 0; i < A.rows; i++) {
    part.data.set(A.data.subarray(i * A.cols + from, i * A.cols + to), i * part.cols);
  }
  return part;
}
