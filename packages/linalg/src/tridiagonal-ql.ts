import { kernels } from "./wasm/kernels.ts";
import { STRIP } from "./wasm/rotate-rows.ts";
import type { Tridiagonal } from "./tridiagonal.ts";

/** QL takes fewer than two sweeps a value; what takes so many does not converge, which no finite matrix was seen to do. */
const SWEEPS = 60;

/**
 * T = Z diag(values) Zᵀ of a symmetric tridiagonal matrix by QL with implicit shifts (Golub & Van Loan, 4th ed., §8.3; Bowdler, Martin,
 * Reinsch & Wilkinson 1968, https://doi.org/10.1007/BF02219765).
 *
 * @returns values in no order, and Zᵀ: row j is the vector of value j
 */
export function tridiagonalQl({ diagonal, beside }: Pick<Tridiagonal, "diagonal" | "beside">): {
  values: Float64Array;
  rows: Float64Array;
} {
  const n = diagonal.length;
  const stride = Math.ceil(n / STRIP) * STRIP;
  const { numbers, rotateRows } = kernels();
  const rotationsAt = n * stride;
  const memory = numbers(rotationsAt + 2 * n);
  memory.fill(0, 0, rotationsAt);
  for (let i = 0; i < n; i++) memory[i * stride + i] = 1;

  const values = iterate({ diagonal, beside }, memory.subarray(rotationsAt), (m, count) =>
    rotateRows(8 * m * stride, 8 * stride, count, 8 * rotationsAt, stride / STRIP),
  );
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) rows.set(memory.subarray(i * stride, i * stride + n), i * n);
  return { values, rows };
}

/** The values that tridiagonalQl gives, without the vectors. O(n²) */
export const tridiagonalValues = (T: Pick<Tridiagonal, "diagonal" | "beside">): Float64Array =>
  iterate(T, new Float64Array(2 * T.diagonal.length), () => {});

/** @param turn told of each sweep: rows from m upwards are to be turned by so many rotations, which are in `rotations` */
function iterate(
  { diagonal, beside }: Pick<Tridiagonal, "diagonal" | "beside">,
  rotations: Float64Array,
  turn: (m: number, count: number) => void,
): Float64Array {
  const n = diagonal.length;
  const [d, e] = [diagonal.slice(), beside.slice()];
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++;
      if (m === l || sweep === SWEEPS) break;
      turn(m, chase({ d, e, l, m }, rotations));
    }
  }
  return d;
}

/**
 * One sweep over the block from l to m: the shift's bulge is chased from its bottom to its top. Entries are near 1, as eigenSymmetric scales
 * them: their squares do not overflow, which Math.hypot looks after at several times a root's cost. Gives the number of rotations.
 */
function chase(
  { d, e, l, m }: { d: Float64Array; e: Float64Array; l: number; m: number },
  rotations: Float64Array,
): number {
  let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  let r = Math.hypot(g, 1);
  g = d[m]! - d[l]! + e[l]! / (g + (g < 0 ? -r : r));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const [f, b] = [s * e[i]!, c * e[i]!];
    r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      // The block falls apart here.
      d[i + 1]! -= p;
      e[m] = 0;
      return m - 1 - i;
    }
    [s, c] = [f / r, g / r];
    g = d[i + 1]! - p;
    r = (d[i]! - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    rotations[2 * (m - 1 - i)] = c;
    rotations[2 * (m - 1 - i) + 1] = s;
  }
  d[l]! -= p;
  e[l] = g;
  e[m] = 0;
  return m - l;
}
