import { columns, identity, implicitQr, implicitSvd, multiply } from "@prefdelta/linalg";
import { scale as scaled, scaleColumns, svd } from "@prefdelta/linalg";
import type { Basis, Matrix, Svd } from "@prefdelta/linalg";
import { productSvd } from "@prefdelta/lora";
import type { LoraModule, ThinSvd } from "@prefdelta/lora";
import type { Random } from "@prefdelta/random";
import { concatenateFactors, sideBySide } from "./concatenate-factors.ts";
import { coreSpace, weightedSum } from "./core-space.ts";
import type { CoreSpace } from "./core-space.ts";
import type { ModuleSource } from "./gather-modules.ts";
import type { Combined } from "./methods/merge-method.ts";
import type { MergeStatistics } from "./report/merge-statistics.ts";
import type { StatisticsOptions } from "./report/module-statistics.ts";
import { splitSpaceOf } from "./split-space.ts";

/** Singular values up to this share of an update's largest are the rounding of its float32 factors, and are no directions. */
const RANK_TOLERANCE = 1e-7;

export interface CombinedModule extends Pick<Combined, "sources" | "consensus"> {
  readonly space: CoreSpace;
  /** The merged update without λ, in float64: left · core · rightᵀ. */
  readonly left: Basis;
  readonly core: Matrix;
  readonly right: Basis;
  /** Of the core; taken when it is first asked for. */
  readonly svd: () => Svd;
  /** Whether it is the weighted sum of `sources`. */
  readonly isSum: boolean;
  /** ‖·‖² of the part of the merged update that lies outside the bases. */
  readonly outside: number;
  /** ‖·‖² of what no SVD of that many terms could have held: a lower bound of `outside`. */
  readonly leastOutside: number;
  /** Factors that are the merged update without any decomposition, if there are. */
  readonly exact: (() => LoraModule) | null;
  /** What there is to say of the merge, where that is known without the spaces. */
  readonly statistics?: (options: StatisticsOptions) => MergeStatistics;
}

/**
 * The space that the updates of a module span, from one QR of all B and one of all A: each update is decomposed in these coordinates.
 * O((out + in) K²) for K the sum of the ranks.
 */
export function spaceOf(sources: readonly Pick<ModuleSource, "module" | "weight" | "index">[]): CoreSpace {
  const places = sources.map(({ index }) => index);
  const modules = sources.map(({ module }) => module);
  const joined = sideBySide(modules);
  const B = implicitQr({ rows: joined.outFeatures, cols: joined.rank, data: joined.B });
  const A = implicitQr({ rows: joined.inFeatures, cols: joined.rank, data: joined.A, transposed: true });
  let offset = 0;
  const parts = sources.map(({ module: { rank, scale, A: data, inFeatures }, weight }) => {
    const [from, to] = [offset, (offset += rank)];
    const [write, read] = [columns(B.R, from, to), columns(A.R, from, to)];
    const svd = productSvd(write, read, { scale, tolerance: RANK_TOLERANCE });
    return { source: { ...svd, weight }, B: scaled(write, scale), A: { rows: rank, cols: inFeatures, data } };
  });
  const inCore = parts.map(({ source }) => source);
  if (inCore.every(({ S }, i) => S.length === modules[i]!.rank)) {
    return { left: B.Q, right: A.Q, places, sources: inCore, factors: parts };
  }
  // Factors that span more than their updates do: a zero adapter, a rank that was not used.
  const small = coreSpace(inCore, places);
  const factors = parts.map((part) => ({ A: part.A, B: small.left.transposedTimes(part.B) }));
  return { ...small, left: within(B.Q, small.left), right: within(A.Q, small.right), factors };
}

/** The outer basis times the inner one. */
const within = (outer: Basis, inner: Basis): Basis => ({
  rows: outer.rows,
  cols: inner.cols,
  times: (X) => outer.times(inner.times(X)),
  transposedTimes: (X) => inner.transposedTimes(outer.transposedTimes(X)),
});

/** Merges one module by its subspaces. O((out + in) K² + K³) for K the sum of the ranks; out × in is never formed. */
export function combineModule(
  sources: readonly ModuleSource[],
  combine: (space: CoreSpace, random: Random) => Combined,
  random: Random,
): CombinedModule {
  const space = sources.every(hasStart) ? splitSpaceOf(sources) : spaceOf(sources);
  const { merged, ...combined } = combine(space, random);
  const whole = { space, ...combined, outside: 0, leastOutside: 0, left: space.left, isSum: merged === undefined };
  if (merged !== undefined && "left" in merged) {
    const { U, S, V } = implicitSvd(merged.rows);
    const left = multiply(merged.left, U);
    const decomposed = { U: left, S, V: identity(S.length) };
    return { ...whole, core: scaleColumns(left, S), right: V, svd: () => decomposed, exact: null };
  }
  const core = merged ?? weightedSum(space, combined.sources);
  const isPlainSum = merged === undefined && combined.sources.every((source, i) => source === space.sources[i]);
  return {
    ...whole,
    core,
    right: space.right,
    svd: decomposition(core),
    exact: isPlainSum ? () => concatenateFactors(sources) : null,
  };
}

const hasStart = (source: ModuleSource): source is ModuleSource & { start: Float32Array } => source.start !== undefined;

/** The SVD of a core, taken when it is first asked for. */
export function decomposition(core: Matrix): () => Svd {
  let known: Svd | undefined;
  return () => (known ??= svd(core));
}

/** The leading terms of the merged update in the layer's own coordinates, without λ; all of them unless told. */
export function mergedTerms(
  { left, right, svd: decompose }: Pick<CombinedModule, "left" | "right" | "svd">,
  rank = Infinity,
): ThinSvd {
  const { U, S, V } = decompose();
  const count = Math.min(rank, S.length);
  return { U: left.times(columns(U, 0, count)), S: S.slice(0, count), V: right.times(columns(V, 0, count)) };
}
