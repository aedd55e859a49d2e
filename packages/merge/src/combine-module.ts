import { columns, hcat, matrix, multiply, svd, thinQr, transpose } from "@prefdelta/linalg";
import type { Matrix, Svd } from "@prefdelta/linalg";
import { productSvd } from "@prefdelta/lora";
import type { LoraModule, ThinSvd } from "@prefdelta/lora";
import type { Random } from "@prefdelta/random";
import { concatenateFactors } from "./concatenate-factors.ts";
import { coreSpace, weightedSum } from "./core-space.ts";
import type { CoreSpace } from "./core-space.ts";
import type { ModuleSource } from "./gather-modules.ts";
import type { Combined } from "./methods/merge-method.ts";

/** Singular values up to this share of an update's largest are the rounding of its float32 factors, and are no directions. */
export const RANK_TOLERANCE = 1e-7;

export interface CombinedModule extends Combined {
  readonly space: CoreSpace;
  /** Orthonormal bases, out × p and in × q, that the SVD below is written in. */
  readonly left: Matrix;
  readonly right: Matrix;
  /** Of the merged update in these bases, without λ, in float64. */
  readonly svd: Svd;
  /** ‖·‖² of the part of the merged update that lies outside them. */
  readonly outside: number;
  /** ‖·‖² of what no SVD of that many terms could have held: a lower bound of `outside`. */
  readonly leastOutside: number;
  /** Factors that are the merged update without any decomposition, if there are. */
  readonly exact: LoraModule | null;
}

/**
 * The space that the updates of a module span, from one QR of all B and one of all A: each update is decomposed in these coordinates.
 * O((out + in) K²) for K the sum of the ranks.
 */
export function spaceOf(sources: readonly Pick<ModuleSource, "module" | "weight" | "index">[]): CoreSpace {
  const places = sources.map(({ index }) => index);
  const B = thinQr(hcat(sources.map(({ module: { B, outFeatures, rank } }) => matrix(outFeatures, rank, B))));
  const A = thinQr(hcat(sources.map(({ module: { A, inFeatures, rank } }) => transpose(matrix(rank, inFeatures, A)))));
  let offset = 0;
  const inCore = sources.map(({ module: { rank, scale }, weight }) => {
    const [from, to] = [offset, (offset += rank)];
    const options = { scale, tolerance: RANK_TOLERANCE };
    return { ...productSvd(columns(B.R, from, to), columns(A.R, from, to), options), weight };
  });
  if (inCore.every(({ S }, i) => S.length === sources[i]!.module.rank)) {
    const [outFeatures, inFeatures] = [B.Q.rows, A.Q.rows];
    return { left: B.Q, right: A.Q, outFeatures, inFeatures, places, sources: inCore };
  }
  // Factors that span more than their updates do: a zero adapter, a rank that was not used.
  const small = coreSpace(inCore, places);
  const [left, right] = [multiply(B.Q, small.left), multiply(A.Q, small.right)];
  return { ...small, left, right, outFeatures: left.rows, inFeatures: right.rows };
}

/** Merges one module by its subspaces. O((out + in) K² + K³) for K the sum of the ranks; out × in is never formed. */
export function combineModule(
  sources: readonly ModuleSource[],
  combine: (space: CoreSpace, random: Random) => Combined,
  random: Random,
): CombinedModule {
  const space = spaceOf(sources);
  const combined = combine(space, random);
  const { left, core, right } = combined.merged ?? { ...space, core: weightedSum(space, combined.sources) };
  const isPlainSum =
    combined.merged === undefined && combined.sources.every((source, i) => source === space.sources[i]);
  const exact = isPlainSum ? concatenateFactors(sources) : null;
  return { ...combined, space, left, right, svd: svd(core), outside: 0, leastOutside: 0, exact };
}

/** The merged update in the layer's own coordinates, all terms, without λ. */
export const mergedTerms = ({
  left,
  right,
  svd: { U, S, V },
}: Pick<CombinedModule, "left" | "right" | "svd">): ThinSvd => ({
  U: multiply(left, U),
  S,
  V: multiply(right, V),
});
