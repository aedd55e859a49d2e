import { dot } from "./dot.ts";

/** The unit vector v (zero if x is) with (I − 2vvᵀ) x = sign · ‖x‖ e₁; the sign is the one without cancellation. */
export function reflectorOf(x: Float64Array): { v: Float64Array; norm: number; sign: number } {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const sign = x[0]! > 0 ? -1 : 1;
  if (largest === 0) return { v: x.slice(), norm: 0, sign };
  const v = x.map((value) => value / largest); // or the squares of a tiny column would underflow
  const norm = Math.sqrt(dot(v, v));
  v[0]! -= sign * norm;
  const length = Math.sqrt(dot(v, v));
  for (let i = 0; i < v.length; i++) v[i]! /= length;
  return { v, norm: norm * largest, sign };
}

/** x ← (I − 2vvᵀ) x */
export function reflect(x: Float64Array, v: Float64Array): void {
  const twice = 2 * dot(v, x);
  for (let i = 0; i < v.length; i++) x[i]! -= twice * v[i]!;
}
