import { join } from "node:path";

import { lmEvalTaskResults } from "@prefdelta/eval";
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
}

type Entries = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Writes `results.json` as lm-evaluation-harness does, intervals beside its standard errors; returns the scores. */
export async function writeTaskEvaluation(
  folder: string,
  evaluations: readonly TaskEvaluation[],
  { groups, config, bootstrap }: WriteTaskEvaluationOptions,
): Promise<TaskScore[]> {
  const results = lmEvalTaskResults({ evaluations, groups, config }, bootstrap);
  await writeResults(join(folder, "results.json"), results);
  return scoresOf(results["results"] as Entries, evaluations, groups);
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
