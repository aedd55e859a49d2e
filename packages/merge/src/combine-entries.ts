import { columns, explicitBasis, identity, randomisedSvd, scaleColumns, svd } from "@prefdelta/linalg";
import type { Matrix, RowSource } from "@prefdelta/linalg";
import { normal } from "@prefdelta/random";
import type { Random } from "@prefdelta/random";
import { spaceOf, type CombinedModule } from "./combine-module.ts";
import { rowBlocks, updateRows, type EntryMerger } from "./entries/delta-rows.ts";
import { weightedSum, type CoreSpace } from "./core-space.ts";
import type { ModuleSource } from "./gather-modules.ts";

/** Ten directions more cost no time where 64 are wanted: the kernel takes eight at once. Half a step that takes a hundredth from the squared error takes half of that from the error. */
const DIRECTIONS = { oversample: 16, iterations: 2, settled: 0.01 };

/**
 * Merges one module's updates entry by entry, and takes the best that `rank` terms can hold. The updates are formed by blocks of rows and
 * never kept; the merged one is, in float32: 4 · out · in bytes, whatever the number of adapters. A small one, of up to a million entries,
 * is kept in float64.
 */
export function combineEntries(
  sources: readonly ModuleSource[],
  { merger, rank, random }: { merger: EntryMerger; rank: number; random: Random },
): CombinedModule {
  const { deltas, close } = updateRows(sources);
  const { rows, cols } = deltas[0]!;
  const merged = merger(deltas, random);
  const source: RowSource = {
    rows,
    cols,
    fill(put, set) {
      for (const [from, to] of rowBlocks({ rows, cols })) put(merged(from, to), from);
      merged.amend?.(set);
      close();
    },
  };
  const stream = random.fork("svd");
  const space = spaceOf(sources);
  const { U, S, V, error, leastError } = randomisedSvd(source, {
    ...DIRECTIONS,
    rank,
    normal: () => normal(stream),
    start: directionsOfSum(space, rank + DIRECTIONS.oversample),
  });
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

/** What the updates' weighted sum reads, its largest directions first. Most of what entries decide is near it: a step saved. */
function directionsOfSum(space: CoreSpace, count: number): Matrix {
  const { V } = svd(weightedSum(space, space.sources));
  return space.right.times(columns(V, 0, Math.min(count, V.cols)));
}
