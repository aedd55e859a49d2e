import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { inspectLog, lmEvalTaskResults } from "@prefdelta/eval";
import type { BootstrapOptions, TaskEvaluation } from "@prefdelta/eval";
import { writeResults } from "@prefdelta/eval/node";

import type { Json } from "../files/canonical-json.ts";

/** One number of a task, for the table. */
export interface TaskScore {
  readonly task: string;
  readonly metric: string;
  readonly n: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface WriteTaskEvaluationOptions {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly config: Readonly<Record<string, Json>>;
  readonly bootstrap: BootstrapOptions;
  /** Logs of inspect_ai, under the model's name and the time that is given; none without. */
  readonly inspect?: { readonly model: string; readonly created: string } | undefined;
}

type Entries = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Writes `results.json` as lm-evaluation-harness does, intervals beside its standard errors; returns the scores. */
export async function writeTaskEvaluation(
  folder: string,
  evaluations: readonly TaskEvaluation[],
  { groups, config, bootstrap, inspect }: WriteTaskEvaluationOptions,
): Promise<TaskScore[]> {
  const results = lmEvalTaskResults({ evaluations, groups, config }, bootstrap);
  await writeResults(join(folder, "results.json"), results);
  const entries = results["results"] as Entries;
  for (const evaluation of inspect === undefined ? [] : evaluations) {
    const { task } = evaluation.task;
    // As inspect_ai names its own, which is how its viewer finds them.
    const name = `${inspect!.created.replaceAll(":", "-")}_${task.replaceAll("_", "-")}_${inspect!.model.replaceAll("_", "-")}.json`;
    await mkdir(join(folder, "inspect"), { recursive: true });
    const log = inspectLog({ evaluation, entry: entries[task]!, config, ...inspect! });
    await writeResults(join(folder, "inspect", name), log);
  }
  return scoresOf(entries, evaluations, groups);
}

function scoresOf(
  entries: Entries,
  evaluations: readonly TaskEvaluation[],
  groups: WriteTaskEvaluationOptions["groups"],
) {
  const sizes = new Map(evaluations.map(({ task, run }) => [task.task, Object.values(run.scores)[0]!.length]));
  for (const [group, members] of Object.entries(groups)) {
    sizes.set(
      group,
      members.reduce((sum, member) => sum + sizes.get(member)!, 0),
    );
  }
  return Object.entries(entries).flatMap(([task, entry]) =>
    Object.keys(entry).flatMap((key): TaskScore[] => {
      const [metric, filter] = key.split(",");
      const low = entry[`${metric}_low,${filter}`];
      if (low === undefined) return [];
      return [
        { task, metric: key, n: sizes.get(task)!, value: entry[key]!, low, high: entry[`${metric}_high,${filter}`]! },
      ];
    }),
  );
}
