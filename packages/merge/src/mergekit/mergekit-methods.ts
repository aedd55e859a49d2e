import type { MergeOptions } from "../merge-options.ts";

/** One of mergekit's methods as ours do it. */
export interface MergekitMethod {
  readonly method: MergeOptions["method"];
  /** What the method is told beside its parameters. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** mergekit's numeric parameters, ours, and mergekit's default; null: one must be given. */
  readonly numbers?: Readonly<Record<string, { readonly option: string; readonly standard: number | null }>>;
  /** Whether `weight` is read. */
  readonly weighted: boolean;
  /** mergekit's default of `normalize`; `only`: the value that ours has, where another would be another method. */
  readonly normalize?: { readonly standard: boolean; readonly only?: boolean };
  readonly rescale?: { readonly only: boolean };
  /** Whether `lambda` is read. */
  readonly lambda: boolean;
  /** The first of the two models is the one that `base_model` names. */
  readonly baseIsFirst?: boolean;
}

const density = { density: { option: "density", standard: 1 } };
const mergekit = { dialect: "mergekit" };
const arithmetic = { weighted: true, lambda: true } as const;

/**
 * mergekit 0.1.5's methods that are defined on LoRA updates, with its defaults, which are not always ours
 * (https://github.com/arcee-ai/mergekit, merge_methods/registry.py). A weighted mean of whole models is the base plus
 * the weighted mean of the updates, so `linear` is task arithmetic.
 */
export const mergekitMethods: Readonly<Record<string, MergekitMethod>> = {
  linear: { method: "task_arithmetic", weighted: true, lambda: false, normalize: { standard: true } },
  task_arithmetic: { method: "task_arithmetic", ...arithmetic, normalize: { standard: false } },
  ties: {
    method: "ties",
    fixed: mergekit,
    ...arithmetic,
    numbers: density,
    normalize: { standard: true, only: true },
    rescale: { only: false },
  },
  dare_linear: {
    method: "dare_linear",
    fixed: mergekit,
    ...arithmetic,
    numbers: density,
    normalize: { standard: false },
    rescale: { only: true },
  },
  dare_ties: {
    method: "dare_ties",
    fixed: mergekit,
    ...arithmetic,
    numbers: density,
    normalize: { standard: false, only: false },
    rescale: { only: true },
  },
  della: {
    method: "della",
    fixed: mergekit,
    ...arithmetic,
    numbers: { ...density, epsilon: { option: "epsilon", standard: 0.15 } },
    normalize: { standard: true, only: true },
    rescale: { only: true },
  },
  breadcrumbs: {
    method: "breadcrumbs",
    ...arithmetic,
    numbers: { ...density, gamma: { option: "gamma", standard: 0.01 } },
    normalize: { standard: false },
    rescale: { only: false },
  },
  sce: { method: "sce", weighted: false, lambda: false, numbers: { select_topk: { option: "density", standard: 1 } } },
  slerp: {
    method: "slerp",
    weighted: false,
    lambda: false,
    numbers: { t: { option: "t", standard: null } },
    baseIsFirst: true,
  },
  karcher: {
    method: "karcher",
    weighted: false,
    lambda: false,
    numbers: {
      max_iter: { option: "maxIterations", standard: 10 },
      tol: { option: "tolerance", standard: 1e-5 },
    },
  },
};
