import { frobeniusNorm, matrix, multiply, scale, scaleColumns, subtract, transpose } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { LoraModule } from "@prefdelta/lora";
import { mergedTerms } from "../combine-module.ts";
import { mergeOptionsSchema, type MergeOptions } from "../merge-options.ts";
import { moduleMerger } from "../module-merger.ts";
import { denseModule, moduleOf, relatedModules } from "./make-modules.ts";

/** The merged update, in full: no rank cuts it. */
function mergeFully(options: MergeOptions, modules: readonly LoraModule[], weights = modules.map(() => 1)): Matrix {
  const { outFeatures, inFeatures } = modules[0]!;
  const parsed = mergeOptionsSchema.parse({ ...options, rank: Math.min(outFeatures, inFeatures) });
  const sources = modules.map((module, index) => ({ module, weight: weights[index]!, index }));
  const { U, S, V } = mergedTerms(moduleMerger(parsed)("module", sources));
  return multiply(scaleColumns(U, S), V, { transB: true });
}

interface Case {
  readonly options: MergeOptions;
  /** Weights that k copies need to be one. */
  readonly copies: "1/k" | "1";
  /** Of adapters that are merged. */
  readonly count: 2 | 3;
  readonly seed: number;
}

/** How far from holding, relative to the size of the updates. */
export type Property = (one: Case) => number;

const distance = (found: Matrix, expected: Matrix, size: number): number =>
  frobeniusNorm(subtract(found, expected)) / size;

const apart = (found: Matrix, expected: Matrix): number =>
  distance(found, expected, Math.max(frobeniusNorm(found), frobeniusNorm(expected)));

const weights = (modules: readonly LoraModule[]): number[] => modules.map((_, i) => 1 / (i + 1.5));

const scaled = (module: LoraModule, factor: number): LoraModule => ({ ...module, scale: module.scale * factor });

const flipped = ({ A, B, rank, inFeatures, outFeatures, scale: factor }: LoraModule): LoraModule =>
  moduleOf(transpose(matrix(rank, inFeatures, A)), transpose(matrix(outFeatures, rank, B)), factor);

/** B G and G⁻¹ A; exact in float32 for the G below. */
function regauged({ A, B, rank, inFeatures, outFeatures, scale: factor }: LoraModule, G: number[], inverse: number[]) {
  const b = multiply(matrix(outFeatures, rank, B), matrix(rank, rank, G));
  return moduleOf(b, multiply(matrix(rank, rank, inverse), matrix(rank, inFeatures, A)), factor);
}

/** Rank 2 in the space of two of the eight columns of a Hadamard matrix, on either side: exactly orthogonal to those of another pair. */
function hadamardModule(pair: number, sizes: readonly [number, number]): LoraModule {
  const parity = (bits: number): number => [0, 1, 2].reduce((sum, bit) => sum ^ ((bits >> bit) & 1), 0);
  const B = matrix(8, 2, Float64Array.from({ length: 16 }, (_, e) => 1 - 2 * parity((e >> 1) & (2 * pair + (e & 1)))));
  return moduleOf(scaleColumns(B, sizes), transpose(B));
}

/** The same update with a term of zeros. */
function padded({ A, B, rank, inFeatures, outFeatures, scale: factor }: LoraModule, to: number): LoraModule {
  const b = matrix(outFeatures, to);
  for (let o = 0; o < outFeatures; o++) for (let j = 0; j < rank; j++) b.data[o * to + j] = B[o * rank + j]!;
  const a = matrix(to, inFeatures);
  a.data.set(A);
  return moduleOf(b, a, factor);
}

export const properties = {
  /** One adapter is itself. */
  single: ({ options, seed }) => {
    const [module] = relatedModules(seed);
    return apart(mergeFully(options, [module!]), denseModule(module!));
  },
  /** Copies of an adapter are the adapter. */
  copies: ({ options, seed, copies, count }) => {
    const [module] = relatedModules(seed);
    const same = Array.from({ length: count }, () => module!);
    const given = same.map(() => (copies === "1" ? 1 : 1 / count));
    return apart(mergeFully(options, same, given), denseModule(module!));
  },
  /** The factors may be any whose product is the update. */
  gauge: ({ options, seed, count }) => {
    const modules = relatedModules(seed).slice(0, count);
    const [first, ...rest] = modules;
    const other = regauged(first!, [1, 32, 0, 0, 32, 0, 0, 0, 0.125], [1, -1, 0, 0, 1 / 32, 0, 0, 0, 8]);
    return apart(mergeFully(options, [other, ...rest]), mergeFully(options, modules));
  },
  /** The order of the adapters does not matter. */
  permutation: ({ options, seed, count }) => {
    const modules = relatedModules(seed).slice(0, count);
    const given = weights(modules);
    return apart(
      mergeFully(options, modules.toReversed(), given.toReversed()),
      mergeFully(options, modules, given),
    );
  },
  /** Updates a million times smaller merge to one that is a million times smaller. */
  scale: ({ options, seed, count }) => {
    const modules = relatedModules(seed).slice(0, count);
    const small = mergeFully(options, modules.map((module) => scaled(module, 2 ** -20)));
    return apart(scale(small, 2 ** 20), mergeFully(options, modules));
  },
  negation: ({ options, seed, count }) => {
    const modules = relatedModules(seed).slice(0, count);
    const negative = mergeFully(options, modules.map((module) => scaled(module, -1)));
    return apart(scale(negative, -1), mergeFully(options, modules));
  },
  transpose: ({ options, seed, count }) => {
    const modules = relatedModules(seed).slice(0, count);
    return apart(transpose(mergeFully(options, modules.map(flipped))), mergeFully(options, modules));
  },
  /** An adapter and its opposite cancel. */
  opposites: ({ options, seed }) => {
    const [module] = relatedModules(seed);
    const none = matrix(module!.outFeatures, module!.inFeatures);
    return distance(mergeFully(options, [module!, scaled(module!, -1)]), none, frobeniusNorm(denseModule(module!)));
  },
  /** Adapters in orthogonal column and row spaces are both kept whole. */
  orthogonal: ({ options, seed }) => {
    const pair = [hadamardModule(seed % 4, [1, 2]), hadamardModule((seed + 1) % 4, [3, 0.5])];
    const [a, b] = pair.map(denseModule);
    return apart(mergeFully(options, pair), subtract(a!, scale(b!, -1)));
  },
  /** A zero adapter changes nothing. */
  zero: ({ options, seed, count }) => {
    const modules = relatedModules(seed).slice(0, count - 1);
    const zero = { ...modules[0]!, B: new Float32Array(modules[0]!.B.length) };
    const without = modules.length === 1 ? denseModule(modules[0]!) : mergeFully(options, modules);
    return apart(mergeFully(options, [...modules, zero]), without);
  },
  /** Adapters of different ranks merge, as they would if zeros filled them up to one rank. */
  mixedRanks: ({ options, seed, count }) => {
    const modules = relatedModules(seed, { ranks: [2, 3, 4] }).slice(0, count);
    return apart(mergeFully(options, modules), mergeFully(options, modules.map((module) => padded(module, 4))));
  },
  /** Equal singular values: which vectors stand for them does not matter. */
  degenerate: ({ options, seed }) => {
    const modules = [hadamardModule(seed % 4, [1, 1]), hadamardModule((seed + 1) % 4, [1, 1])];
    const other = regauged(modules[0]!, [1, 1, 1, -1], [0.5, 0.5, 0.5, -0.5]);
    return apart(mergeFully(options, [other, modules[1]!]), mergeFully(options, modules));
  },
} satisfies Record<string, Property>;
