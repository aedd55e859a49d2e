import { multiply, scaleColumns, transpose, type Matrix } from "@prefdelta/linalg";
import type { CoreSpace } from "../core-space.ts";
import { productRows, type FormedRows } from "../entries/delta-rows.ts";

/** basisᵀ ΔWᵢ of every source, ρ × in, for a basis in core coordinates, p × ρ: by the stored factors, (basisᵀ B) A, where there are some. */
export const rowsInBasis = ({ left, right, places, sources, factors }: CoreSpace, basis: Matrix): FormedRows =>
  productRows(
    sources.map(({ U, S, V, weight }, i) => {
      const { B, A } = factors?.[i] ?? { B: scaleColumns(U, S), A: transpose(right.times(V)) };
      return { B: multiply(basis, B, { transA: true }), A, scale: 1, weight, index: places[i]! };
    }),
    { outFeatures: left.rows, inFeatures: right.rows },
  );
