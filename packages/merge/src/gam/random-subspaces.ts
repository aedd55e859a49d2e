import { columns, matrix, thinQr } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { Random } from "@prefdelta/random";
import { randomTriangle } from "./random-triangle.ts";

/**
 * Independent uniformly random subspaces of R^dimension, one of each rank, as orthonormal bases in coordinates of their common span.
 *
 * They are the spans of blocks of columns of a Gaussian matrix G. Angles depend on G's triangular factor alone, and that is drawn
 * directly: √χ² with dimension − i degrees of freedom on its diagonal, normals above (Bartlett 1933). So a draw costs O((Σ ranks)³)
 * however large the dimension.
 */
export function randomSubspaces(random: Random, dimension: number, ranks: readonly number[]): Matrix[] {
  const width = ranks.reduce((sum, rank) => sum + rank, 0);
  const triangle = randomTriangle(random, dimension, width);
  let offset = 0;
  return ranks.map((rank) => orthonormal(columns(triangle, offset, (offset += rank)), offset));
}

/** Rows of zeros that a block keeps: without any, sums of products would be grouped otherwise, and rounded otherwise. */
const KEPT = 3;

/** Q of a block whose rows are zero from `height` on, to the last digit as if they were not left out. */
function orthonormal({ rows, cols, data }: Matrix, height: number): Matrix {
  const taller = Math.min(rows, height + KEPT);
  const { Q } = thinQr(matrix(taller, cols, data.subarray(0, taller * cols)));
  const whole = matrix(rows, Q.cols);
  whole.data.set(Q.data);
  return whole;
}
