import { matrix } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import { normal } from "@prefdelta/random";
import type { Random } from "@prefdelta/random";

/** The triangular factor of a Gaussian matrix of dimension × width, drawn directly (Bartlett 1933): min(dimension, width) × width. */
export function randomTriangle(random: Random, dimension: number, width: number): Matrix {
  const triangle = matrix(Math.min(dimension, width), width);
  for (let i = 0; i < triangle.rows; i++) {
    triangle.data[i * width + i] = chi(random, dimension - i);
    for (let j = i + 1; j < width; j++) triangle.data[i * width + j] = normal(random);
  }
  return triangle;
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
