import type { ItemResult } from "../evaluate.ts";
import type { Score } from "../statistics/intervals.ts";
import { transcriptText, type Transcript } from "../transcript.ts";

/** Name of the metric and filter, as lm-evaluation-harness joins them. */
const METRIC = "exact_match,answer";
const STDERR = "exact_match_stderr,answer";

export interface TaskResult {
  readonly score: Score;
  readonly version?: string;
}

interface ResultsInput {
  readonly tasks: Readonly<Record<string, TaskResult>>;
  /** Model, adapter, seed, runtime: whatever the numbers depend on. */
  readonly config: Readonly<Record<string, unknown>>;
  /** ISO date; left out where the same run must give the same bytes. */
  readonly date?: string;
}

// Half of a 95 % interval is 1.96 standard errors wide.
const standardError = ({ low, high }: Score): number => (high - low) / (2 * 1.96);

/** A results document in lm-evaluation-harness' form; intervals stand beside its standard errors. */
export function lmEvalResults({ tasks, config, date }: ResultsInput): Record<string, unknown> {
  const byTask = <T>(value: (task: TaskResult) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, value(task)]));
  return {
    results: Object.fromEntries(
      Object.entries(tasks).map(([alias, { score }]) => [
        alias,
        { alias, [METRIC]: score.value, [STDERR]: standardError(score), low: score.low, high: score.high },
      ]),
    ),
    configs: byTask(() => ({ output_type: "generate_until", metric_list: [{ metric: "exact_match" }] })),
    versions: byTask(({ version = "1" }) => version),
    "n-shot": byTask(() => 0),
    "n-samples": byTask(({ score: { n } }) => ({ original: n, effective: n })),
    higher_is_better: byTask(() => ({ exact_match: true })),
    config,
    ...(date === undefined ? {} : { date }),
  };
}

interface SampleInput {
  readonly prompt: readonly unknown[];
  readonly transcript: Transcript;
  readonly result: ItemResult;
}

/** One row of a samples file in lm-evaluation-harness' form. */
export const lmEvalSample = ({ prompt, transcript, result }: SampleInput, index: number): Record<string, unknown> => ({
  doc_id: index,
  doc: { id: result.id, cluster: result.cluster, prompt },
  target: result.answers,
  arguments: { gen_args_0: { arg_0: prompt } },
  resps: [[transcriptText(transcript)]],
  filtered_resps: [result.prediction],
  filter: "answer",
  metrics: ["exact_match"],
  exact_match: Number(result.correct),
  searches: result.searches,
  truncated: result.truncated,
});
