import { packBlock } from "./pack-block.ts";
import { PANEL } from "./wasm/panel-product.ts";
import { kernels } from "./wasm/kernels.ts";

/** A matrix in memory, or its transpose: entry (i, l) is data[i · across + l · along], and one of the two is 1. */
export interface Strided {
  readonly data: Float64Array | Float32Array;
  /** Rows, and what is summed over. */
  readonly rows: number;
  readonly inner: number;
  readonly across: number;
  readonly along: number;
}

/** Rows, columns and depth of what is in the kernel's memory at once: blocks of half a megabyte, which the second cache holds. */
const BLOCK = 256;

/** What is packed next lies beside them first, as it was. */
const [A_AT, B_AT, C_AT, STAGE_AT] = [0, BLOCK ** 2, 2 * BLOCK ** 2, 3 * BLOCK ** 2];

/**
 * Σ_l A[i, l] B[j, l] for all i and j, row-major. With `symmetric`, B is A, and only one half is computed. Numbers stored as float32 are
 * summed in float64.
 */
export function panelsProduct(
  A: Strided,
  B: Strided,
  { symmetric = false }: { readonly symmetric?: boolean } = {},
): Float64Array {
  const { numbers, panelProduct } = kernels();
  const memory = numbers(4 * BLOCK ** 2);
  const C = new Float64Array(A.rows * B.rows);
  if (A.inner === 0) return C;
  for (let i = 0; i < A.rows; i += BLOCK) {
    const m = panelsIn(A.rows - i);
    for (let j = 0; j < (symmetric ? i + 1 : B.rows); j += BLOCK) {
      const n = panelsIn(B.rows - j);
      const width = Math.min(BLOCK, B.rows - j);
      // Rows of a narrow product follow one another, so that they are handed out in one piece.
      const pitch = width === B.rows && width % PANEL === 0 ? width : BLOCK;
      const triangle = symmetric && i === j;
      memory.fill(0, C_AT, C_AT + m * PANEL * pitch);
      for (let l = 0; l < A.inner; l += BLOCK) {
        const depth = Math.min(BLOCK, A.inner - l);
        packBlock(memory.buffer, A, { ...block(i, A), l, depth, at: 8 * A_AT });
        if (!triangle) packBlock(memory.buffer, B, { ...block(j, B), l, depth, at: 8 * B_AT });
        const b = triangle ? A_AT : B_AT;
        panelProduct(m, n, depth, 8 * A_AT, 8 * b, 8 * C_AT, 8 * pitch, triangle ? 1 : 0);
      }
      const height = Math.min(BLOCK, A.rows - i);
      if (pitch === B.rows) C.set(memory.subarray(C_AT, C_AT + height * pitch), i * pitch);
      else
        for (let row = 0; row < height; row++) {
          const from = C_AT + row * BLOCK;
          C.set(memory.subarray(from, from + width), (i + row) * B.rows + j);
        }
    }
  }
  if (symmetric) for (let i = 0; i < A.rows; i++) for (let j = 0; j < i; j++) C[j * A.rows + i] = C[i * A.rows + j]!;
  return C;
}

const panelsIn = (rows: number): number => Math.ceil(Math.min(BLOCK, rows) / PANEL);

const block = (row: number, { rows }: Strided): { row: number; count: number; stageAt: number } => ({
  row,
  count: Math.min(BLOCK, rows - row),
  stageAt: 8 * STAGE_AT,
});
