import { frobeniusNorm, matrix, scale } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import * as z from "zod";
import { combination, coreDelta, innerProduct } from "../core-space.ts";
import { commonOptions, type SubspaceMethod } from "./merge-method.ts";

export const karcherOptions = z.strictObject({
  method: z.literal("karcher"),
  ...commonOptions,
  /** Steps at most, and the length of a step (radians) that ends them. */
  maxIterations: z.int().min(1).default(50),
  tolerance: z.number().gt(0).default(1e-10),
});

/**
 * The Riemannian (Karcher) mean of the updates' directions on the unit sphere, by its fixed-point iteration of logarithm and exponential,
 * times Σ |wᵢ| ‖ΔWᵢ‖: the lengths are averaged apart from the directions, so updates at an angle lose no norm.
 */
export const karcher: SubspaceMethod<z.output<typeof karcherOptions>> = {
  paper: "Karcher 1977, https://doi.org/10.1002/cpa.3160300502",
  equation:
    "Σ |wᵢ| ‖ΔWᵢ‖ · μ, μ the unit vector at which Σ |wᵢ| log_μ(± ΔWᵢ / ‖ΔWᵢ‖) = 0 (mergekit's karcher_merge_tensors)",
  deviation:
    "Weights of any sign: a negative one takes the opposite direction; weights are not made to sum to 1 in the length. Directions that cancel have no mean and give zero (mergekit: the first adapter).",
  combiner:
    ({ maxIterations, tolerance }) =>
    (space) => {
      const updates = space.sources.map((source) => scale(coreDelta(source), Math.sign(source.weight)));
      const norms = updates.map(frobeniusNorm);
      const points = updates.flatMap((update, i) => (norms[i]! > 0 ? [scale(update, 1 / norms[i]!)] : []));
      const sizes = space.sources.flatMap(({ weight }, i) => (norms[i]! > 0 ? [Math.abs(weight)] : []));
      const length = space.sources.reduce((sum, { weight }, i) => sum + Math.abs(weight) * norms[i]!, 0);
      const mean = sphericalMean(points, sizes, { maxIterations, tolerance });
      const core = mean === null ? matrix(space.left.cols, space.right.cols) : scale(mean, length);
      return { sources: space.sources, merged: core, consensus: null };
    },
};

/** Below this the plain mean of unit vectors is rounding. */
const CANCELLED = 1e-7;

/** Null where there is none. */
function sphericalMean(
  points: readonly Matrix[],
  sizes: readonly number[],
  { maxIterations, tolerance }: { maxIterations: number; tolerance: number },
): Matrix | null {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total === 0) return null;
  const sum = mixed(
    points,
    sizes.map((size) => size / total),
  );
  if (frobeniusNorm(sum) < CANCELLED) return null;
  let mean = unit(sum);
  for (let step = 0; step < maxIterations; step++) {
    // log of p at the mean μ: θ / sin θ · (p − cos θ μ)
    const cosines = points.map((point) => Math.max(-1, Math.min(1, innerProduct(mean, point))));
    const pulls = cosines.map((cosine, i) => {
      const theta = Math.acos(cosine);
      return (sizes[i]! / total) * (Math.sin(theta) < 1e-12 ? 1 : theta / Math.sin(theta));
    });
    const back = pulls.reduce((sum, pull, i) => sum + pull * cosines[i]!, 0);
    const tangent = mixed([...points, mean], [...pulls, -back]);
    const angle = frobeniusNorm(tangent);
    if (angle < tolerance) break;
    mean = unit(mixed([mean, tangent], [Math.cos(angle), Math.sin(angle) / angle]));
  }
  return mean;
}

const unit = (A: Matrix): Matrix => scale(A, 1 / frobeniusNorm(A));

const mixed = (parts: readonly Matrix[], shares: readonly number[]): Matrix =>
  combination(parts[0]!, [...parts.keys()], (i) => [shares[i]!, parts[i]!]);
