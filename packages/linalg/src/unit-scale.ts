import { LinalgError } from "./errors.ts";
import type { Matrix } from "./matrix.ts";

/**
 * The power of two that brings the largest entry of A near 1 (1 for a zero matrix). Multiplying by it is exact and keeps squares inside
 * the range of float64, so decompositions work at any scale.
 *
 * @throws {LinalgError} E_NOT_FINITE, naming the first such entry
 */
export function unitScale(A: Matrix, operation: string): number {
  let largest = 0;
  for (let entry = 0; entry < A.data.length; entry++) {
    const size = Math.abs(A.data[entry]!);
    if (!(size <= Number.MAX_VALUE)) {
      const place = `[${Math.floor(entry / A.cols)}, ${entry % A.cols}]`;
      throw new LinalgError("E_NOT_FINITE", `${operation}: expected finite numbers, got ${A.data[entry]} at ${place}`);
    }
    if (size > largest) largest = size;
  }
  // Bounded, so that neither the factor nor its inverse leaves the range of float64.
  const exponent = Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest))));
  return largest === 0 ? 1 : 2 ** -exponent;
}
