import { stageBlock } from "./stage-block.ts";
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

/** Four rows at a time; rows that are not there are zeros. */
function pack(memory: Float64Array<ArrayBuffer>, A: Strided, { at, row, panels, l, depth }: Packing): void {
  const { packColumns, packWideRows, packWidenedColumns, packWidenedRows } = kernels();
  const { data, across, along } = A;
  const isFloat = data instanceof Float32Array;
  const bytes = isFloat ? 4 : 8;
  const [count, whole] = [Math.min(PANEL * panels, A.rows - row), PANEL * panels];
  const stage = (pitch: number, runs: Omit<Parameters<typeof stageBlock>[2], "stage" | "from">, all: number): void => {
    const place = { ...runs, from: row * across + l * along, stage: { at: (8 * STAGE_AT) / bytes, pitch, count: all } };
    if (isFloat) stageBlock(new Float32Array(memory.buffer), data, place);
    else stageBlock(memory, data, place);
  };
  if (along === 1) {
    const pitch = 4 * Math.ceil(depth / 4);
    stage(pitch, { step: across, count, length: depth }, whole);
    const pack = isFloat ? packWidenedRows : packWideRows;
    pack(panels, (pitch * bytes) / 16, 8 * STAGE_AT, bytes * pitch, 8 * at, 8 * PANEL * depth);
  } else {
    stage(whole, { step: along, count: depth, length: count }, depth);
    const pack = isFloat ? packWidenedColumns : packColumns;
    pack(panels, depth, 8 * STAGE_AT, bytes * whole, 8 * at);
  }
}
