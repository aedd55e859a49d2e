import type { Completion } from "@prefdelta/causal-lm";
import type { EncodedPair } from "./encode-pair.ts";

/** Gives a completion's counted tokens weight 1 up to the `shared`-th of them and α after it. */
function weigh({ ids, mask }: Completion, shared: number, alpha: number): Completion {
  let counted = 0;
  const weights = mask.map((count) => {
    counted += count;
    return counted <= shared ? 1 : alpha;
  });
  return { ids, mask, weights };
}

const countTokens = ({ mask }: Completion): number => mask.reduce((sum, count) => sum + count, 0);

/**
 * Takes the longer answer's advantage: what it has beyond the shorter one's length weighs α in log π and log π_ref alike. Only counted tokens
 * count as length. Liu et al. 2024 (LD-DPO), arXiv:2409.06411, eq. 10, as TRL's `ld_alpha`.
 */
export function weighByLength(pair: EncodedPair, alpha: number): EncodedPair {
  const shared = Math.min(countTokens(pair.chosen), countTokens(pair.rejected));
  return { ...pair, chosen: weigh(pair.chosen, shared, alpha), rejected: weigh(pair.rejected, shared, alpha) };
}
