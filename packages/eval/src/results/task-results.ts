import { EvalError } from "../errors.ts";
import type { ScoredItem } from "../statistics/compare-runs.ts";
import { type BootstrapOptions, type Score, scoreValues } from "../statistics/intervals.ts";
import type { TaskRun } from "../tasks/run-task.ts";

/** What a results document says of a task; a task of the YAML format is one. */
export interface ReportedTask {
  readonly task: string;
  readonly task_alias?: string | undefined;
  readonly output_type: string;
  readonly num_fewshot: number;
  readonly metric_list: readonly { readonly metric: string; readonly higher_is_better?: boolean | undefined }[];
  readonly metadata: { readonly version: number | string };
}

export interface TaskEvaluation {
  readonly task: ReportedTask;
  readonly run: TaskRun;
}

interface TaskResultsInput {
  readonly evaluations: readonly TaskEvaluation[];
  /** Names for several tasks, whose items are also scored together, a task being a cluster. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Model, adapter hash, template hash, seed, runtime, precision: whatever the numbers depend on. */
  readonly config: Readonly<Record<string, unknown>>;
  /** ISO date; left out where the same run must give the same bytes. */
  readonly date?: string;
}

/** Standard error of a mean of items that stand alone, as lm-evaluation-harness has it: s/√n, n − 1 in s. */
function standardError(items: readonly ScoredItem[]): number {
  const n = items.length;
  const mean = items.reduce((sum, { score }) => sum + score, 0) / n;
  const squares = items.reduce((sum, { score }) => sum + (score - mean) ** 2, 0);
  return n > 1 ? Math.sqrt(squares / (n - 1) / n) : 0;
}

/** `acc,none` with its standard error, and its 95 % interval as `acc_low,none` and `acc_high,none`. */
function metricEntries(key: string, score: Score, error: number): [string, number][] {
  const [metric, filter] = key.split(",", 2);
  return [
    [key, score.value],
    [`${metric}_stderr,${filter}`, error],
    [`${metric}_low,${filter}`, score.low],
    [`${metric}_high,${filter}`, score.high],
  ];
}

function taskEntry({ task, run }: TaskEvaluation, options: BootstrapOptions): Record<string, unknown> {
  const metrics = Object.entries(run.scores).flatMap(([key, items]) =>
    metricEntries(key, scoreValues(items, options), standardError(items)),
  );
  const unparsed = Object.entries(run.unparsed).map(([filter, share]): [string, number] => [
    `unparsed,${filter}`,
    share,
  ]);
  const generated = task.output_type === "generate_until" ? [...unparsed, ["truncated", run.truncated] as const] : [];
  return Object.fromEntries([["alias", task.task_alias ?? task.task], ...metrics, ...generated]);
}

/** Items of several tasks together: a mean over items, resampled by task; the standard error is read off the interval. */
function groupEntry(
  name: string,
  members: readonly TaskEvaluation[],
  options: BootstrapOptions,
): Record<string, unknown> {
  const shared = Object.keys(members[0]!.run.scores).filter((key) => members.every(({ run }) => key in run.scores));
  const metrics = shared.flatMap((key) => {
    const items = members.flatMap(({ task, run }) =>
      run.scores[key]!.map(({ score }) => ({ cluster: task.task, score })),
    );
    const score = scoreValues(items, options);
    return metricEntries(key, score, (score.high - score.low) / (2 * 1.96));
  });
  return Object.fromEntries([["alias", name], ...metrics]);
}

/**
 * A results document in lm-evaluation-harness' form of tasks that `runTask` ran, intervals beside its standard errors.
 *
 * @throws {EvalError} E_MISMATCH for a group with a task that was not run, E_NO_ITEMS
 */
export function lmEvalTaskResults(input: TaskResultsInput, options: BootstrapOptions): Record<string, unknown> {
  const { evaluations, groups = {}, config, date } = input;
  const byName = new Map(evaluations.map((evaluation) => [evaluation.task.task, evaluation]));
  const members = (group: string, tasks: readonly string[]): TaskEvaluation[] => {
    const missing = tasks.filter((task) => !byName.has(task));
    if (missing.length === 0 && tasks.length > 0) return tasks.map((task) => byName.get(task)!);
    throw new EvalError(
      "E_MISMATCH",
      `results: group ${group} — expected tasks that ran, got ${missing.join(", ") || "none"}`,
    );
  };
  const byTask = (value: (evaluation: TaskEvaluation) => unknown): Record<string, unknown> =>
    Object.fromEntries(evaluations.map((evaluation) => [evaluation.task.task, value(evaluation)]));
  const groupEntries = Object.fromEntries(
    Object.entries(groups).map(([name, tasks]) => [name, groupEntry(name, members(name, tasks), options)]),
  );
  const items = ({ run }: TaskEvaluation): number => Object.values(run.scores)[0]?.length ?? 0;
  return {
    results: { ...groupEntries, ...byTask((evaluation) => taskEntry(evaluation, options)) },
    ...(Object.keys(groups).length === 0 ? {} : { groups: groupEntries, group_subtasks: groups }),
    configs: byTask(({ task }) => task),
    versions: byTask(({ task }) => task.metadata.version),
    "n-shot": byTask(({ task }) => task.num_fewshot),
    "n-samples": byTask((evaluation) => ({ original: items(evaluation), effective: items(evaluation) })),
    higher_is_better: byTask(({ task }) =>
      Object.fromEntries(task.metric_list.map(({ metric, higher_is_better: higher = true }) => [metric, higher])),
    ),
    config,
    ...(date === undefined ? {} : { date }),
  };
}
