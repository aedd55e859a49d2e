import { implicitQr, matrix, multiply } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { Random } from "@prefdelta/random";
import { decomposition, spaceOf, type CombinedModule } from "./combine-module.ts";
import { collectRows, matrixRows, type EntryMerger } from "./entries/delta-rows.ts";
import { MergeError } from "./errors.ts";
import type { ModuleSource } from "./gather-modules.ts";
import type { Factors, FactorMethod } from "./methods/merge-method.ts";

/**
 * PEFT's way: every B and every A merged by itself, entry by entry, with √|wᵢ sᵢ| on both and the sign on A. The product has cross terms
 * BᵢAⱼ that belong to no adapter.
 *
 * @throws {MergeError} E_ADAPTERS when ranks differ, as in PEFT: a share of the entries has no one meaning there
 */
export function combineFactorEntries(
  sources: readonly ModuleSource[],
  { path, merger, random }: { path: string; merger: EntryMerger; random: Random },
): CombinedModule {
  assertOneRank(sources, path);
  const parts = sources.map((source) => {
    const { A, B, scale, weight, index } = factorsOf(source);
    const factor = weight * scale;
    const root = Math.sqrt(Math.abs(factor));
    return {
      A: matrixRows(A, { weight: factor < 0 ? -root : root, index }),
      B: matrixRows(B, { weight: root, index }),
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
  return factorsModule(sources, { A: merge("A"), B: merge("B") });
}

/** Merges the stored factors as a whole. */
export const combineFactors = (
  sources: readonly ModuleSource[],
  { merge, random }: { merge: MergeFactors; random: Random },
): CombinedModule => factorsModule(sources, merge(sources.map(factorsOf), random));

type MergeFactors = ReturnType<FactorMethod<never>["factors"]>;

const factorsOf = ({ module, weight, index }: ModuleSource): Factors => ({
  A: matrix(module.rank, module.inFeatures, module.A),
  B: matrix(module.outFeatures, module.rank, module.B),
  scale: module.scale,
  weight,
  index,
});

function assertOneRank(sources: readonly ModuleSource[], path: string): void {
  const ranks = sources.map(({ module }) => module.rank);
  if (ranks.every((rank) => rank === ranks[0])) return;
  const problem = `${path}: peftCompat: expected adapters of one rank, as PEFT does, found ${ranks.join(", ")}`;
  throw new MergeError("E_ADAPTERS", [problem]);
}

/** A merged update that is given by its factors, B · A. */
function factorsModule(sources: readonly ModuleSource[], { A, B }: { A: Matrix; B: Matrix }): CombinedModule {
  const [left, right] = [implicitQr(B), implicitQr({ rows: A.cols, cols: A.rows, data: A.data, transposed: true })];
  const space = spaceOf(sources);
  const core = multiply(left.R, right.R, { transB: true });
  return {
    space,
    sources: space.sources,
    left: left.Q,
    core,
    right: right.Q,
    svd: decomposition(core),
    isSum: false,
    outside: 0,
    leastOutside: 0,
    exact: () => ({
      A: Float32Array.from(A.data),
      B: Float32Array.from(B.data),
      rank: A.rows,
      inFeatures: A.cols,
      outFeatures: B.rows,
      scale: 1,
    }),
    consensus: null,
  };
}
