import { columns, matrix, thinQr } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import { normal } from "@prefdelta/random";
import type { Random } from "@prefdelta/random";

/**
 * Independent uniformly random subspaces of R^dimension, one of each rank, as orthonormal bases in coordinates of their common span.
 *
 * They are the spans of blocks of columns of a Gaussian matrix G. Angles depend on G's triangular factor alone, and that is drawn
 * directly: √χ² with dimension − i degrees of freedom on its diagonal, normals above (Bartlett 1933). So a draw costs O((Σ ranks)³)
 * however large the dimension.
 */
export function randomSubspaces(random: Random, dimension: number, ranks: readonly number[]): Matrix[] {
  const width = ranks.reduce((sum, rank) => sum + rank, 0);
  const triangle = matrix(Math.min(dimension, width), width);
  for (let i = 0; i < triangle.rows; i++) {
    triangle.data[i * width + i] = chi(random, dimension - i);
    for (let j = i + 1; j < width; j++) triangle.data[i * width + j] = normal(random);
  }
  let offset = 0;
  return ranks.map((rank) => thinQr(columns(triangle, offset, (offset += rank))).Q);
}

/** The length of a normal vector of n entries: the root of twice a Gamma(n/2) draw (Marsaglia & Tsang 2000). */
function chi(random: Random, n: number): number {
  if (n === 1) return Math.abs(normal(random));
  const d = n / 2 - 1 / 3;
  for (;;) {
    const x = normal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(random.next()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return Math.sqrt(2 * d * v);
  }
}
