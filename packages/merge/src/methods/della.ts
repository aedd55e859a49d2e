import * as z from "zod";
import { electedRows, mergekitElection, peftElection } from "../entries/elected-rows.ts";
import { dropByMagnitude, matchL1 } from "../entries/sparsify.ts";
import { MergeError } from "../errors.ts";
import { commonOptions, type EntryMethod } from "./merge-method.ts";

export const dellaOptions = z.strictObject({
  method: z.literal("della"),
  ...commonOptions,
  /** Mean probability with which an entry is kept. */
  density: z.number().gt(0).max(1).default(0.5),
  /** The smallest entry of a row is kept with density − epsilon, the largest with density + epsilon; both must be within (0, 1). */
  epsilon: z.number().min(0).max(0.5).default(0.15),
  /** original: kept entries are divided by their probability, signs by sums, means. mergekit: the sum of magnitudes stays, weighted. */
  dialect: z.enum(["original", "mergekit"]).default("original"),
  /** Of the random numbers. */
  seed: z.int().default(0),
});

/** DELLA: MagPrune drops the small entries of a row more often than the large ones; then signs are elected and values joined. */
export const della: EntryMethod<z.output<typeof dellaOptions>> = {
  paper: "Deep et al. 2024, https://arxiv.org/abs/2406.11617",
  equation:
    "mᵢⱼ ~ Bernoulli(pᵢⱼ), pᵢⱼ rising with the rank of |ΔWᵢⱼ| in its row from p − ε to p + ε; mᵢ ∘ ΔWᵢ / pᵢ elected and joined as in TIES-Merging (MagPrune)",
  deviation:
    "A row of one entry is kept with probability density (mergekit: NaN); masks are drawn by seed, module, adapter's place and row.",
  on: () => "updates",
  entries: ({ density, epsilon, dialect }) => {
    if (density < 1 && (density - epsilon <= 0 || density + epsilon >= 1)) {
      const found = `${density - epsilon} and ${density + epsilon}`;
      throw new MergeError("E_OPTIONS", [`epsilon: expected density ± epsilon within (0, 1), found ${found}`]);
    }
    const probability = { density, epsilon };
    return (deltas, random) =>
      dialect === "original"
        ? electedRows(
            deltas.map((delta) => dropByMagnitude(delta, { ...probability, rescale: true }, random)),
            peftElection(),
          )
        : electedRows(
            deltas.map((delta) => matchL1(dropByMagnitude(delta, { ...probability, rescale: false }, random), delta)),
            mergekitElection("weights"),
          );
  },
};
