import { hcat, identity, matrix, multiply, scale, scaleColumns, thinQr, transpose } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import { thinSvd } from "@prefdelta/lora";
import type { Adapter, LoraModule } from "@prefdelta/lora";
import { createRandom, normal } from "@prefdelta/random";
import type { Random } from "@prefdelta/random";
import { coreSpace, weightedSum, type CoreSpace, type Source } from "../core-space.ts";
import type { Combined } from "../methods/merge-method.ts";

export interface ModulesOptions {
  readonly outFeatures?: number;
  readonly inFeatures?: number;
  readonly ranks?: readonly number[];
  /** Directions that all modules have on both sides, and the noise on them. */
  readonly shared?: number;
  readonly spread?: number;
}

/** Normal entries in multiples of 1/64: float32 holds them exactly. */
export function gridMatrix(seed: string, rows: number, cols: number): Matrix {
  const random = createRandom(seed);
  return matrix(
    rows,
    cols,
    Array.from({ length: rows * cols }, () => Math.round(64 * normal(random)) / 64),
  );
}

/** ΔW = B · A */
export const moduleOf = (B: Matrix, A: Matrix, factor = 1): LoraModule => ({
  A: Float32Array.from(A.data),
  B: Float32Array.from(B.data),
  rank: A.rows,
  inFeatures: A.cols,
  outFeatures: B.rows,
  scale: factor,
});

/** Modules that share some directions up to noise and have others alone. */
export function relatedModules(
  seed: string | number,
  { outFeatures = 24, inFeatures = 20, ranks = [3, 3, 3], shared = 2, spread = 0.25 }: ModulesOptions = {},
): LoraModule[] {
  const write = gridMatrix(`${seed} write`, outFeatures, shared);
  const read = gridMatrix(`${seed} read`, inFeatures, shared);
  const factor = (common: Matrix, name: string, rank: number): Matrix => {
    const near = gridMatrix(`${seed} near ${name}`, common.rows, shared);
    const own = gridMatrix(`${seed} own ${name}`, common.rows, rank - shared);
    const noisy = common.data.map((value, i) => Math.round(64 * (value + spread * near.data[i]!)) / 64);
    return hcat([matrix(common.rows, shared, noisy), own]);
  };
  return ranks.map((rank, i) => moduleOf(factor(write, `B${i}`, rank), transpose(factor(read, `A${i}`, rank))));
}

/** An orthogonal n × n matrix. */
export const rotation = (seed: string, n: number): Matrix => thinQr(gridMatrix(seed, n, n)).Q;

export const sourcesOf = (modules: readonly LoraModule[], weights = modules.map(() => 1)): Source[] =>
  modules.map((module, i) => ({ ...thinSvd(module, { tolerance: 1e-7 }), weight: weights[i]! }));

/** The merged update as a dense matrix, in float64. */
export function mergeDense(sources: readonly Source[], combine: (space: CoreSpace, random: Random) => Combined): Matrix {
  const space = coreSpace(sources);
  const { merged, sources: moved } = combine(space, createRandom("module"));
  const written = (core: Matrix): Matrix => space.left.times(core);
  if (merged !== undefined && "left" in merged) return multiply(written(merged.left), merged.rows);
  const core = merged ?? weightedSum(space, moved);
  return multiply(written(core), space.right.times(identity(core.cols)), { transB: true });
}

export const denseOf = ({ U, S, V }: Pick<Source, "U" | "S" | "V">): Matrix =>
  multiply(scaleColumns(U, S), V, { transB: true });

export const denseModule = ({ A, B, rank, inFeatures, outFeatures, scale: factor }: LoraModule): Matrix =>
  scale(multiply(matrix(outFeatures, rank, B), matrix(rank, inFeatures, A)), factor);

export const adapterOf = (modules: Readonly<Record<string, LoraModule>>, baseModel: string | null = "base"): Adapter => ({
  modules: new Map(Object.entries(modules)),
  baseModel,
  metadata: new Map(),
});
