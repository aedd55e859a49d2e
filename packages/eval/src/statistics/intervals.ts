import type { Random } from "@prefdelta/random";
import { EvalError } from "../errors.ts";
import type { ItemResult } from "../evaluate.ts";
import { type Cluster, clusterMean, gatherClusters, quantile, resample } from "./clusters.ts";

/** A value with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Score extends Estimate {
  /** Items. */
  readonly n: number;
}

/** A paired difference: its interval, and the probability of one as large if the two were exchangeable. */
export interface Comparison extends Estimate {
  readonly p: number;
}

export interface BootstrapOptions {
  readonly random: Random;
  /** Resamples, and sign flips. */
  readonly draws?: number;
}

const DRAWS = 2000;
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Outcomes by skill; a single skill is a family of one. */
export type Skills = Readonly<Record<string, readonly ItemResult[]>>;

/**
 * 95 % percentile interval of the mean of skill means, clusters resampled within each skill (Efron & Tibshirani 1993, An Introduction to the
 * Bootstrap, ch. 8 and 13). Items of a cluster stand or fall together, so it is clusters that are drawn.
 */
export function bootstrap(
  strata: readonly (readonly Cluster[])[],
  { random, draws = DRAWS }: BootstrapOptions,
): Estimate {
  const means = Array.from({ length: draws }, (_, draw) => {
    const own = random.fork("bootstrap", draw);
    return mean(strata.map((clusters) => clusterMean(resample(own, clusters))));
  }).sort((a, b) => a - b);
  return { value: mean(strata.map(clusterMean)), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/**
 * Two-sided sign-flip permutation test: under exchange of the two models a cluster's differences change sign together (Good 2005, Permutation,
 * Parametric and Bootstrap Tests of Hypotheses, §3.2). One is added to both counts, so p is never 0.
 */
export function signFlipTest(
  strata: readonly (readonly Cluster[])[],
  { random, draws = DRAWS }: BootstrapOptions,
): number {
  const observed = Math.abs(mean(strata.map(clusterMean)));
  let asLarge = 0;
  for (let draw = 0; draw < draws; draw++) {
    const own = random.fork("flip", draw);
    const flipped = strata.map((clusters) =>
      clusterMean(clusters.map(({ sum, count }) => ({ sum: own.next() < 0.5 ? -sum : sum, count }))),
    );
    // Sums of the same numbers in another order may differ in the last bit.
    if (Math.abs(mean(flipped)) >= observed - 1e-12) asLarge++;
  }
  return (asLarge + 1) / (draws + 1);
}

function correctness(results: readonly ItemResult[]): Cluster[] {
  if (results.length === 0) throw new EvalError("E_NO_ITEMS", "score: items — expected at least one, got none");
  return gatherClusters(results.map(({ cluster, correct }) => ({ cluster, value: Number(correct) })));
}

/** Skills by name, so that their order changes nothing. */
function byName(skills: Skills): [skill: string, results: readonly ItemResult[]][] {
  const entries = Object.entries(skills).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) throw new EvalError("E_NO_ITEMS", "score: skills — expected at least one, got none");
  return entries;
}

/** Accuracy with its interval. @throws {EvalError} E_NO_ITEMS */
export const scoreItems = (results: readonly ItemResult[], options: BootstrapOptions): Score => ({
  n: results.length,
  ...bootstrap([correctness(results)], options),
});

/** Mean of graded scores with its interval. @throws {EvalError} E_NO_ITEMS */
export function scoreValues(
  items: readonly { readonly cluster: string; readonly score: number }[],
  options: BootstrapOptions,
): Score {
  if (items.length === 0) throw new EvalError("E_NO_ITEMS", "score: items — expected at least one, got none");
  const clusters = gatherClusters(items.map(({ cluster, score }) => ({ cluster, value: score })));
  return { n: items.length, ...bootstrap([clusters], options) };
}

/** Mean of the skills' accuracies, each skill weighing the same. @throws {EvalError} E_NO_ITEMS */
export const scoreSkills = (skills: Skills, options: BootstrapOptions): Estimate =>
  bootstrap(
    byName(skills).map(([, results]) => correctness(results)),
    options,
  );

/** Ids of which the two sides do not hold the same number. */
export function unmatched(a: readonly { readonly id: string }[], b: readonly { readonly id: string }[]): string[] {
  const surplus = new Map<string, number>();
  for (const { id } of a) surplus.set(id, (surplus.get(id) ?? 0) + 1);
  for (const { id } of b) surplus.set(id, (surplus.get(id) ?? 0) - 1);
  return [...surplus].filter(([, count]) => count !== 0).map(([id]) => id);
}

function differences(skill: string, a: readonly ItemResult[], b: readonly ItemResult[]): Cluster[] {
  const missing = unmatched(a, b);
  const other = new Map(b.map((result) => [result.id, result]));
  if (a.length === 0) throw new EvalError("E_NO_ITEMS", `compare: ${skill} — expected at least one item, got none`);
  if (missing.length > 0 || other.size !== a.length) {
    const unpaired = missing.length > 0 ? `unmatched: ${missing.slice(0, 5).join(", ")}` : "ids that repeat";
    const message = `compare: ${skill} — expected the same items on both sides, got ${a.length} and ${b.length}, ${unpaired}`;
    throw new EvalError("E_MISMATCH", message);
  }
  return gatherClusters(
    a.map(({ id, cluster, correct }) => ({ cluster, value: Number(correct) - Number(other.get(id)!.correct) })),
  );
}

/**
 * How much better `a` is than `b` on the same items: difference of the mean of skill accuracies.
 *
 * @throws {EvalError} E_MISMATCH when skills or items are not the same, E_NO_ITEMS
 */
export function compareSkills(a: Skills, b: Skills, options: BootstrapOptions): Comparison {
  const extra = Object.keys(b).filter((skill) => !Object.hasOwn(a, skill));
  if (extra.length > 0)
    throw new EvalError("E_MISMATCH", `compare: skills — expected on both sides: ${extra.join(", ")}`);
  const strata = byName(a).map(([skill, results]) => differences(skill, results, b[skill] ?? []));
  return { ...bootstrap(strata, options), p: signFlipTest(strata, options) };
}
