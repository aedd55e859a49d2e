import { multiply, svd } from "@prefdelta/linalg";
import type { Svd } from "@prefdelta/linalg";
import { thinSvd } from "@prefdelta/lora";
import type { ThinSvd } from "@prefdelta/lora";
import { coreSpace, weightedSum } from "./core-space.ts";
import type { CoreSpace } from "./core-space.ts";
import type { ModuleSource } from "./gather-modules.ts";
import type { Combined } from "./methods/merge-method.ts";

/** Singular values up to this share of an update's largest are the rounding of its float32 factors, and are no directions. */
export const RANK_TOLERANCE = 1e-7;

export interface CombinedModule extends Combined {
  readonly space: CoreSpace;
  /** Of the merged update in core coordinates, without λ, in float64. */
  readonly merged: Svd;
  /** The method left every source as it was: the merged update is their weighted sum. */
  readonly isPlainSum: boolean;
}

/** Merges one module. O((out + in) K² + K³) for K the sum of the ranks; out × in is never formed. */
export function combineModule(
  sources: readonly Pick<ModuleSource, "module" | "weight">[],
  combine: (space: CoreSpace) => Combined,
): CombinedModule {
  const space = coreSpace(
    sources.map(({ module, weight }) => ({ ...thinSvd(module, { tolerance: RANK_TOLERANCE }), weight })),
  );
  const combined = combine(space);
  return {
    ...combined,
    space,
    merged: svd(weightedSum(space, combined.sources)),
    isPlainSum: combined.sources.every((source, i) => source === space.sources[i]),
  };
}

/** The merged update in the layer's own coordinates, all terms, without λ. */
export const mergedTerms = ({ space, merged: { U, S, V } }: CombinedModule): ThinSvd => ({
  U: multiply(space.left, U),
  S,
  V: multiply(space.right, V),
});
