import { PANEL } from "./wasm/panel-product.ts";
import { kernels } from "./wasm/kernels.ts";

/** A matrix in memory, or its transpose: entry (i, l) is data[i · across + l · along]. */
export interface Strided {
  readonly data: Float64Array | Float32Array;
  /** Rows, and what is summed over. */
  readonly rows: number;
  readonly inner: number;
  readonly across: number;
  readonly along: number;
}

/** Rows, columns and depth of what is in the kernel's memory at once: three blocks of half a megabyte, which the second cache holds. */
const BLOCK = 256;

const [A_AT, B_AT, C_AT] = [0, BLOCK * BLOCK, 2 * BLOCK * BLOCK];

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
  const memory = numbers(3 * BLOCK * BLOCK);
  const C = new Float64Array(A.rows * B.rows);
  if (A.inner === 0) return C;
  for (let i = 0; i < A.rows; i += BLOCK) {
    const m = panelsIn(A.rows - i);
    for (let j = 0; j < (symmetric ? i + 1 : B.rows); j += BLOCK) {
      const n = panelsIn(B.rows - j);
      const triangle = symmetric && i === j;
      memory.fill(0, C_AT, C_AT + m * PANEL * BLOCK);
      for (let l = 0; l < A.inner; l += BLOCK) {
        const depth = Math.min(BLOCK, A.inner - l);
        pack(memory, A, { at: A_AT, row: i, panels: m, l, depth });
        if (!triangle) pack(memory, B, { at: B_AT, row: j, panels: n, l, depth });
        const b = triangle ? A_AT : B_AT;
        panelProduct(m, n, depth, 8 * A_AT, 8 * b, 8 * C_AT, 8 * BLOCK, triangle ? 1 : 0);
      }
      const width = Math.min(BLOCK, B.rows - j);
      for (let row = 0; row < Math.min(BLOCK, A.rows - i); row++) {
        const from = C_AT + row * BLOCK;
        C.set(memory.subarray(from, from + width), (i + row) * B.rows + j);
      }
    }
  }
  if (symmetric) for (let i = 0; i < A.rows; i++) for (let j = 0; j < i; j++) C[j * A.rows + i] = C[i * A.rows + j]!;
  return C;
}

const panelsIn = (rows: number): number => Math.ceil(Math.min(BLOCK, rows) / PANEL);

interface Packing {
  readonly at: number;
  readonly row: number;
  readonly panels: number;
  readonly l: number;
  readonly depth: number;
}

/** Four rows at a time, number by number; rows that are not there are zeros. */
function pack(
  memory: Float64Array,
  { data, rows, across, along }: Strided,
  { at, row, panels, l, depth }: Packing,
): void {
  for (let p = 0, to = at; p < panels; p++) {
    const first = row + PANEL * p;
    let from = first * across + l * along;
    if (first + PANEL <= rows) {
      for (let k = 0; k < depth; k++, from += along, to += PANEL) {
        memory[to] = data[from]!;
        memory[to + 1] = data[from + across]!;
        memory[to + 2] = data[from + 2 * across]!;
        memory[to + 3] = data[from + 3 * across]!;
      }
    } else {
      for (let k = 0; k < depth; k++, from += along, to += PANEL)
        for (let r = 0; r < PANEL; r++) memory[to + r] = first + r < rows ? data[from + r * across]! : 0;
    }
  }
}
