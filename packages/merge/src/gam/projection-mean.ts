import { columns, eigenSymmetric, gram, hcat, matrix, multiply, scale, scaleColumns } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";

/** A subspace, by an orthonormal basis, and its share ω in a mean; the shares of a mean sum to 1. */
export interface Member {
  readonly basis: Matrix;
  readonly omega: number;
}

export interface ProjectionMean {
  /** Of P = Σ ωᵢ UᵢUᵢᵀ, falling, in [0, 1]: 1 for a direction that all share, ωᵢ for one that i has alone. */
  readonly eigenvalues: Float64Array;
  /** The leading eigenvectors, as orthonormal columns: the frame F nearest to all members in the chordal metric. */
  readonly frame: (rank: number) => Matrix;
}

/**
 * The mean of subspaces as the mean of their projections. P is never formed: with Z = [√ω₁U₁ … √ω_kU_k], its eigenvalues other than 0
 * are those of the small Gram matrix ZᵀZ = X diag(L) Xᵀ, and its eigenvectors are Z X L^(-1/2).
 */
export function projectionMean(members: readonly Member[]): ProjectionMean {
  const Z = hcat(members.map(({ basis, omega }) => scale(basis, Math.sqrt(omega))));
  const eigen = eigenSymmetric(gram(Z));
  const { values } = eigen;
  return {
    eigenvalues: values,
    frame: (rank) =>
      rank === 0
        ? matrix(Z.rows, 0)
        : scaleColumns(
            multiply(Z, columns(eigen.vectors, 0, rank)),
            values.subarray(0, rank).map((value) => 1 / Math.sqrt(value)),
          ),
  };
}
