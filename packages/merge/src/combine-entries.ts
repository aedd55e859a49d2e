import { explicitBasis, identity, randomisedSvd, scaleColumns } from "@prefdelta/linalg";
import { normal } from "@prefdelta/random";
import type { Random } from "@prefdelta/random";
import { spaceOf, type CombinedModule } from "./combine-module.ts";
import { collectRows, updateRows, type EntryMerger } from "./entries/delta-rows.ts";
import type { ModuleSource } from "./gather-modules.ts";

/**
 * Merges one module's updates entry by entry, and takes the best that `rank` terms can hold. The updates are formed by blocks of rows and
 * never kept; the merged one is, in float64: 8 · out · in bytes, whatever the number of adapters.
 */
export function combineEntries(
  sources: readonly ModuleSource[],
  { merger, rank, random }: { merger: EntryMerger; rank: number; random: Random },
): CombinedModule {
  const deltas = sources.map(({ module, weight, index }) => updateRows(module, { weight, index }));
  const merged = collectRows(merger(deltas, random), deltas[0]!);
  const stream = random.fork("svd");
  const { U, S, V, error, leastError } = randomisedSvd(merged, { rank, normal: () => normal(stream) });
  const space = spaceOf(sources);
  const own = identity(S.length);
  return {
    space,
    sources: space.sources,
    left: explicitBasis(U),
    core: scaleColumns(own, S),
    right: explicitBasis(V),
    svd: () => ({ U: own, S, V: own }),
    isSum: false,
    outside: error ** 2,
    leastOutside: leastError ** 2,
    exact: null,
    consensus: null,
  };
}
