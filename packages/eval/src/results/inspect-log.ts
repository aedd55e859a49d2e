import type { TaskEvaluation } from "./task-results.ts";

export interface InspectLogInput {
  readonly evaluation: TaskEvaluation;
  /** The task's part of `lmEvalTaskResults`' results: values, standard errors and interval bounds by `metric,filter`. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly model: string;
  /** Whatever the numbers depend on. */
  readonly config: Readonly<Record<string, unknown>>;
  /** ISO date with its zone. */
  readonly created: string;
}

type Row = Readonly<Record<string, unknown>>;
type Arguments = Readonly<Record<string, { readonly arg_0: unknown; readonly arg_1?: unknown }>>;

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? null));
const scoreName = (metric: string, { filter }: Row): string => `${metric},${String(filter)}`;

/** Of multiple choice: what was weighed, and the likeliest. */
function choicesOf(rows: readonly Row[]) {
  const asked = Object.values(rows[0]!["arguments"] as Arguments);
  if (asked.length < 2) return undefined;
  const choices = asked.map(({ arg_1: choice }) => text(choice).trim());
  const likelihoods = (rows[0]!["filtered_resps"] as [number, boolean][]).map(([logProb]) => logProb);
  return { choices, likelihoods, answer: choices[likelihoods.indexOf(Math.max(...likelihoods))]! };
}

/** One item: its rows are the same question under each filter. */
function inspectSample(rows: readonly Row[], model: string): Row {
  const [first] = rows as [Row];
  const { arg_0: input } = Object.values(first["arguments"] as Arguments)[0]!;
  const weighed = choicesOf(rows);
  const target = weighed === undefined ? first["target"] : weighed.choices[Number(first["target"])];
  const completion = weighed?.answer ?? text((first["resps"] as unknown[][])[0]?.[0]);
  const messages = typeof input === "string" ? [{ role: "user", content: input }] : (input as unknown[]);
  const answer = { role: "assistant", content: completion, source: "generate" };
  const scores = rows.flatMap((row) =>
    (row["metrics"] as string[]).map((metric) => [
      scoreName(metric, row),
      { value: Number(row[metric]), answer: weighed?.answer ?? text((row["filtered_resps"] as unknown[])[0]) },
    ]),
  );
  return {
    ...{
      id: Number(first["doc_id"]) + 1,
      epoch: 1,
      input,
      target: Array.isArray(target) ? target.map(text) : text(target),
    },
    ...(weighed === undefined ? {} : { choices: weighed.choices }),
    messages: [...messages, answer],
    output: {
      model,
      choices: [{ message: answer, stop_reason: first["truncated"] === true ? "max_tokens" : "stop" }],
      completion,
    },
    scores: Object.fromEntries(scores) as unknown,
    metadata: { doc: first["doc"], ...(weighed === undefined ? {} : { likelihoods: weighed.likelihoods }) },
  };
}

/**
 * A task's evaluation as a log of inspect_ai (EvalLog, version 2), for its viewer and its tools: one sample an item, one score each metric and filter; 95 % intervals
 * beside its own metrics.
 */
export function inspectLog({ evaluation, entry, model, config, created }: InspectLogInput): Record<string, unknown> {
  const { task, run } = evaluation;
  const items = [...Map.groupBy(run.samples, (row) => row["doc_id"]).values()];
  const metric = (name: string, value: unknown) => [name, { name, value: Number(value) }] as const;
  const scores = Object.entries(run.scores).map(([key, { length }]) => {
    const [name, filter] = key.split(",", 2);
    const metrics = [
      metric("mean", entry[key]),
      metric("stderr", entry[`${name}_stderr,${filter}`]),
      metric("low", entry[`${name}_low,${filter}`]),
      metric("high", entry[`${name}_high,${filter}`]),
    ];
    const counts = { scored_samples: length, unscored_samples: 0 };
    return { name: key, scorer: name, ...counts, params: { filter }, metrics: Object.fromEntries(metrics) };
  });
  const id = `${task.task}@${model}`;
  return {
    version: 2,
    status: "success",
    eval: {
      ...{ eval_id: id, run_id: id, task_id: id, created, task: task.task, task_version: task.metadata.version },
      dataset: { name: task.task, samples: items.length, sample_ids: items.map((_, i) => i + 1), shuffled: false },
      ...{ model, config: {}, packages: {}, metadata: config },
    },
    plan: { name: task.output_type, steps: [] },
    results: { total_samples: items.length, completed_samples: items.length, scores },
    stats: { started_at: created, completed_at: created },
    samples: items.map((rows) => inspectSample(rows, model)),
  };
}
