import {
  explicitBasis,
  identity,
  implicitQr,
  matrix,
  multiply,
  randomisedSvd,
  scaleColumns,
  svd,
} from "@prefdelta/linalg";
import { normal } from "@prefdelta/random";
import type { Random } from "@prefdelta/random";
import { spaceOf, type CombinedModule } from "./combine-module.ts";
import { collectRows, matrixRows, updateRows, type EntryMerger } from "./entries/delta-rows.ts";
import { MergeError } from "./errors.ts";
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

/**
 * PEFT's way: every B and every A merged by itself, entry by entry, with √|wᵢ sᵢ| on both and the sign on A. The product has cross terms
 * BᵢAⱼ that belong to no adapter.
 *
 * @throws {MergeError} E_ADAPTERS when ranks differ
 */
export function combineFactors(
  sources: readonly ModuleSource[],
  { path, merger, random }: { path: string; merger: EntryMerger; random: Random },
): CombinedModule {
  const { rank, inFeatures, outFeatures } = sources[0]!.module;
  const ranks = sources.map(({ module }) => module.rank);
  if (ranks.some((other) => other !== rank)) {
    const problem = `${path}: expected adapters of one rank, whose factors are merged by themselves, found ${ranks.join(", ")}`;
    throw new MergeError("E_ADAPTERS", [problem]);
  }
  const parts = sources.map(({ module, weight, index }) => {
    const factor = weight * module.scale;
    const root = Math.sqrt(Math.abs(factor));
    return {
      A: matrixRows(matrix(rank, inFeatures, module.A), { weight: factor < 0 ? -root : root, index }),
      B: matrixRows(matrix(outFeatures, rank, module.B), { weight: root, index }),
    };
  });
  const merge = (factor: "A" | "B") =>
    collectRows(
      merger(
        parts.map((part) => part[factor]),
        random.fork(factor),
      ),
      parts[0]![factor],
    );
  const [A, B] = [merge("A"), merge("B")];
  const [left, right] = [implicitQr(B), implicitQr({ rows: A.cols, cols: A.rows, data: A.data, transposed: true })];
  const space = spaceOf(sources);
  const core = multiply(left.R, right.R, { transB: true });
  const exact = { A: Float32Array.from(A.data), B: Float32Array.from(B.data), rank, inFeatures, outFeatures, scale: 1 };
  return {
    space,
    sources: space.sources,
    left: left.Q,
    core,
    right: right.Q,
    svd: () => svd(core),
    isSum: false,
    outside: 0,
    leastOutside: 0,
    exact,
    consensus: null,
  };
}
