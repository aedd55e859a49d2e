import { columns, implicitQr, matrix, multiply, scale as scaled, svd, transpose } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { LoraModule } from "./adapter.ts";

/** ΔW = U diag(S) Vᵀ with ρ singular values, falling and positive. */
export interface ThinSvd {
  /** out × ρ, orthonormal columns */
  readonly U: Matrix;
  readonly S: Float64Array;
  /** in × ρ, orthonormal columns */
  readonly V: Matrix;
}

interface ProductOptions {
  /** Multiplies the product; 1 if absent. */
  readonly scale?: number;
  /**
   * Singular values up to this share of the largest are dropped; by default the rounding of float64 over the larger side, as numpy's
   * matrix_rank: what remains is the numerical rank of the factors.
   */
  readonly tolerance?: number | undefined;
}

/**
 * The SVD of scale · B Aᵀ (B: out × r, A: in × r), without ever forming out × in: with B = Q_B R_B and A = Q_A R_A, it is
 * Q_B (scale · R_B R_Aᵀ) Q_Aᵀ, and only the r × r core is decomposed.
 */
export function productSvd(B: Matrix, A: Matrix, { scale = 1, tolerance }: ProductOptions = {}): ThinSvd {
  const [left, right] = [implicitQr(B), implicitQr(A)];
  const { U, S, V } = svd(scaled(multiply(left.R, right.R, { transB: true }), scale));
  const cut = (S[0] ?? 0) * (tolerance ?? Math.max(A.rows, B.rows) * Number.EPSILON);
  const kept = S.filter((value) => value > cut);
  return {
    U: left.Q.times(columns(U, 0, kept.length)),
    S: kept,
    V: right.Q.times(columns(V, 0, kept.length)),
  };
}

/** The SVD of a module's update, from its factors alone: `productSvd`. */
export function thinSvd(module: LoraModule, { tolerance }: Pick<ProductOptions, "tolerance"> = {}): ThinSvd {
  const { A, B, rank, inFeatures, outFeatures, scale } = module;
  return productSvd(matrix(outFeatures, rank, B), transpose(matrix(rank, inFeatures, A)), { scale, tolerance });
}

/**
 * A module whose update is the first `rank` terms of an SVD: B = U√S and A = √S Vᵀ, so that both factors carry the same
 * share, with scale 1. Where the SVD has fewer terms, zeros fill up.
 */
export function fromThinSvd({ U, S, V }: ThinSvd, rank: number): LoraModule {
  const [outFeatures, inFeatures] = [U.rows, V.rows];
  const A = new Float32Array(rank * inFeatures);
  const B = new Float32Array(outFeatures * rank);
  const roots = S.subarray(0, rank).map(Math.sqrt);
  // Some columns at a time, so that the cache holds the rows that they go to.
  for (let from = 0; from < inFeatures; from += 16)
    for (let k = 0; k < roots.length; k++)
      for (let i = from; i < Math.min(inFeatures, from + 16); i++)
        A[k * inFeatures + i] = roots[k]! * V.data[i * V.cols + k]!;
  for (let o = 0; o < outFeatures; o++)
    for (let k = 0; k < roots.length; k++) B[o * rank + k] = roots[k]! * U.data[o * U.cols + k]!;
  return { A, B, rank, inFeatures, outFeatures, scale: 1 };
}
