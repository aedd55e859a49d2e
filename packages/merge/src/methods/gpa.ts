import {
  columns,
  frobeniusNorm,
  hcat,
  matrix,
  multiply,
  polar,
  scale,
  scaleColumns,
  subtract,
  svd,
  transpose,
} from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import * as z from "zod";
import { combination, type CoreSpace, type Source } from "../core-space.ts";
import { commonOptions, type SubspaceMethod } from "./merge-method.ts";

export const gpaOptions = z.strictObject({
  method: z.literal("gpa"),
  ...commonOptions,
  /** Rounds at most, and the relative change of the mean that ends them. */
  rounds: z.int().min(1).default(200),
  tolerance: z.number().gt(0).default(1e-12),
});

/**
 * Generalised Procrustes analysis of the factors: each update's balanced factors, U√S and V√S on top of each other, are turned towards their
 * common mean, and the mean's halves multiplied. A mean of factors, so with cross terms BᵢAⱼ: what only one adapter has shrinks twice.
 */
export const gpa: SubspaceMethod<z.output<typeof gpaOptions>> = {
  paper: "Gower 1975, https://doi.org/10.1007/BF02291478",
  equation: "min over rotations Oᵢ and F̄ of Σ ωᵢ ‖Fᵢ Oᵢ − F̄‖², Fᵢ = [Uᵢ√Sᵢ; Vᵢ√Sᵢ], ΔW = Σ |wᵢ| · B̄ Āᵀ of F̄ = [B̄; Ā]",
  deviation:
    "Balanced factors, so that the result does not depend on how an adapter was factored; rotations start at the leading eigenvectors of Σ ω F Fᵀ, not at one adapter, so that order does not matter; other starts may end elsewhere. A negative weight takes the opposite update.",
  combiner: (options) => (space) => {
    const total = space.sources.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
    const core =
      total === 0 ? matrix(space.left.cols, space.right.cols) : scale(meanProduct(space, total, options), total);
    return { sources: space.sources, merged: core, consensus: null };
  },
};

/** An update with its share of the weights, ω. */
interface Member {
  readonly omega: number;
  /** F: ±U√S over V√S, (p + q) × R, filled up with columns of zeros to the largest rank. */
  readonly factors: Matrix;
}

/** [X; Y] from Xᵀ and Yᵀ side by side. */
const stack = (top: Matrix, bottom: Matrix): Matrix => transpose(hcat([transpose(top), transpose(bottom)]));

function factorsOf({ U, S, V, weight }: Source, rank: number): Matrix {
  const roots = S.map(Math.sqrt);
  const sign = Math.sign(weight);
  return widened(
    stack(
      scaleColumns(
        U,
        roots.map((root) => sign * root),
      ),
      scaleColumns(V, roots),
    ),
    rank,
  );
}

/** The first columns, and zeros up to that many. */
const widened = (A: Matrix, cols: number): Matrix =>
  A.cols >= cols ? columns(A, 0, cols) : hcat([A, matrix(A.rows, cols - A.cols)]);

/** Σ ω F O, with every F turned as well as it can be towards `mean`. */
const turnedMean = (members: readonly Member[], mean: Matrix): Matrix =>
  combination(mean, members, ({ omega, factors }) => [
    omega,
    multiply(factors, polar(multiply(factors, mean, { transA: true }))),
  ]);

/** B̄ Āᵀ of the mean factors, p × q. */
function meanProduct(
  { sources, left, right }: CoreSpace,
  total: number,
  { rounds, tolerance }: { readonly rounds: number; readonly tolerance: number },
): Matrix {
  const rank = Math.max(1, ...sources.map(({ S }) => S.length));
  const members = sources
    .filter(({ weight }) => weight !== 0)
    .map((source): Member => ({ omega: Math.abs(source.weight) / total, factors: factorsOf(source, rank) }));
  // Leading eigenvectors of Σ ω F Fᵀ, each as long as its singular value.
  const { U, S } = svd(hcat(members.map(({ omega, factors }) => scale(factors, Math.sqrt(omega)))));
  let mean = widened(scaleColumns(U, S), rank);
  for (let round = 0; round < rounds; round++) {
    const next = turnedMean(members, mean);
    const change = frobeniusNorm(subtract(next, mean));
    mean = next;
    if (change <= tolerance * frobeniusNorm(next)) break;
  }
  const rows = transpose(mean); // R × (p + q)
  const [B, A] = [columns(rows, 0, left.cols), columns(rows, left.cols, left.cols + right.cols)];
  return multiply(B, A, { transA: true });
}
