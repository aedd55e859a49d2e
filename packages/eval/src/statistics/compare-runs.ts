import { EvalError } from "../errors.ts";
import { gatherClusters } from "./clusters.ts";
import { equivalenceTest } from "./equivalence.ts";
import { holm } from "./holm.ts";
import { bootstrap, type BootstrapOptions, type Estimate, signFlipTest, unmatched } from "./intervals.ts";
import { mcnemarTest } from "./mcnemar.ts";

/** One item of a run by one metric. */
export interface ScoredItem {
  readonly id: string;
  /** What it shares with items that stand or fall with it; its own id where it stands alone. */
  readonly cluster: string;
  readonly score: number;
}

/** A model's items by task. */
export type Run = Readonly<Record<string, readonly ScoredItem[]>>;

/** `better` and `worse`: the candidate than the base, by Holm-adjusted p < α. `equivalent` only where a margin was asked for. */
export type Verdict = "better" | "worse" | "equivalent" | "undecided";

export interface TaskComparison {
  readonly n: number;
  readonly base: number;
  readonly candidate: number;
  /** Candidate minus base, with its 95 % interval. */
  readonly difference: Estimate;
  /** McNemar's exact test for yes/no scores of items that stand alone, else sign flips over clusters. */
  readonly test: "mcnemar" | "sign-flip";
  readonly p: number;
  /** p adjusted for the number of tasks. */
  readonly pHolm: number;
  /** Of the two one-sided tests, adjusted likewise; null where no margin was given. */
  readonly pEquivalence: number | null;
  readonly verdict: Verdict;
  /** Ids whose score rose, and fell. */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

export interface RunComparison {
  readonly tasks: Readonly<Record<string, TaskComparison>>;
  /** Difference of the means over tasks, with its 95 % interval and the p of sign flips. */
  readonly mean: Estimate & { readonly p: number };
  /** Of the family: `better` or `worse` where tasks decided so and none the other way; `mixed` where they disagree. */
  readonly verdict: Verdict | "mixed";
}

export interface CompareOptions extends BootstrapOptions {
  /** Chance of a wrong `better` or `worse` anywhere in the family. */
  readonly alpha?: number;
  /** Largest difference that does not matter; asks for the equivalence test. */
  readonly margin?: number;
  /** Of counts and rates of what went wrong: the candidate is better where its score is smaller. */
  readonly lowerIsBetter?: boolean;
}

interface Pair {
  readonly id: string;
  readonly cluster: string;
  readonly base: number;
  readonly candidate: number;
}

function pairItems(task: string, base: readonly ScoredItem[], candidate: readonly ScoredItem[]): Pair[] {
  const other = new Map(candidate.map((item) => [item.id, item.score]));
  const missing = unmatched(base, candidate);
  if (missing.length > 0 || other.size !== base.length) {
    const got = missing.length > 0 ? `unmatched: ${missing.slice(0, 5).join(", ")}` : "ids that repeat";
    const message = `compare: ${task} — expected the same items on both sides, got ${base.length} and ${candidate.length}, ${got}`;
    throw new EvalError("E_MISMATCH", message);
  }
  if (base.length === 0) throw new EvalError("E_NO_ITEMS", `compare: ${task} — expected at least one item, got none`);
  return base.map(({ id, cluster, score }) => ({ id, cluster, base: score, candidate: other.get(id)! }));
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const isBinary = (pairs: readonly Pair[]): boolean =>
  pairs.every(({ base, candidate }) => base * (1 - base) === 0 && candidate * (1 - candidate) === 0);

function overall(verdicts: readonly Verdict[]): RunComparison["verdict"] {
  const [better, worse] = [verdicts.includes("better"), verdicts.includes("worse")];
  if (better && worse) return "mixed";
  if (better || worse) return better ? "better" : "worse";
  return verdicts.every((verdict) => verdict === "equivalent") ? "equivalent" : "undecided";
}

/** One candidate task by task, nothing adjusted yet. */
function measure(
  base: Run,
  candidate: Run,
  { margin, ...sampling }: BootstrapOptions & { margin: number | undefined },
) {
  const names = Object.keys(base).toSorted();
  const others = Object.keys(candidate).toSorted();
  if (names.join("\n") !== others.join("\n")) {
    const message = `compare: tasks — expected the same on both sides, got ${names.join(", ")} and ${others.join(", ")}`;
    throw new EvalError("E_MISMATCH", message);
  }
  if (names.length === 0) throw new EvalError("E_NO_ITEMS", "compare: tasks — expected at least one, got none");
  return names.map((name) => {
    const pairs = pairItems(name, base[name]!, candidate[name]!);
    const differences = pairs.map((pair) => ({ cluster: pair.cluster, value: pair.candidate - pair.base }));
    const clusters = gatherClusters(differences);
    const gained = pairs.filter((pair) => pair.candidate > pair.base).map(({ id }) => id);
    const lost = pairs.filter((pair) => pair.candidate < pair.base).map(({ id }) => id);
    const test = isBinary(pairs) && clusters.length === pairs.length ? ("mcnemar" as const) : ("sign-flip" as const);
    const comparison = {
      n: pairs.length,
      base: mean(pairs.map((pair) => pair.base)),
      candidate: mean(pairs.map((pair) => pair.candidate)),
      difference: bootstrap([clusters], sampling),
      test,
      p: test === "mcnemar" ? mcnemarTest(gained.length, lost.length) : signFlipTest([clusters], sampling),
      pEquivalence: margin === undefined ? null : equivalenceTest(differences, margin),
      gained,
      lost,
    };
    return { name, clusters, comparison };
  });
}

/**
 * Compares several runs with one base on the same items, task by task: nothing is taken for independent that is paired. Every task of every
 * candidate is one test of the family that Holm's adjustment is over.
 *
 * @throws {EvalError} E_MISMATCH when tasks or items are not the same on both sides, E_NO_ITEMS
 */
export function compareFamily(
  { base, candidates }: { readonly base: Run; readonly candidates: Readonly<Record<string, Run>> },
  { random, draws, alpha = 0.05, margin, lowerIsBetter = false }: CompareOptions,
): Record<string, RunComparison> {
  const sampling = { random, ...(draws === undefined ? {} : { draws }) };
  const family = Object.entries(candidates).map(([name, candidate]) => ({
    name,
    measured: measure(base, candidate, { ...sampling, margin }),
  }));
  const all = family.flatMap(({ measured }) => measured);
  const pHolm = holm(all.map(({ comparison }) => comparison.p));
  const pEquivalence = holm(all.map(({ comparison }) => comparison.pEquivalence ?? 1));
  const adjusted = all.map(({ comparison: task }, i): TaskComparison => {
    const differs = pHolm[i]! < alpha;
    const same = task.pEquivalence !== null && pEquivalence[i]! < alpha;
    const direction = task.difference.value > 0 === lowerIsBetter ? "worse" : "better";
    // A difference can be sure and too small to matter: where a margin was given, that is what was asked.
    const verdict = same ? "equivalent" : differs ? direction : "undecided";
    return { ...task, pHolm: pHolm[i]!, pEquivalence: task.pEquivalence === null ? null : pEquivalence[i]!, verdict };
  });
  let at = 0;
  return Object.fromEntries(
    family.map(({ name, measured }): [string, RunComparison] => {
      const tasks = adjusted.slice(at, (at += measured.length));
      const strata = measured.map(({ clusters }) => clusters);
      const comparison = {
        tasks: Object.fromEntries(measured.map((one, i) => [one.name, tasks[i]!])),
        mean: { ...bootstrap(strata, sampling), p: signFlipTest(strata, sampling) },
        verdict: overall(tasks.map(({ verdict }) => verdict)),
      };
      return [name, comparison];
    }),
  );
}

/** `compareFamily` of one candidate. @throws {EvalError} E_MISMATCH, E_NO_ITEMS */
export function compareRuns(
  { base, candidate }: { readonly base: Run; readonly candidate: Run },
  options: CompareOptions,
): RunComparison {
  return compareFamily({ base, candidates: { candidate } }, options)["candidate"]!;
}
