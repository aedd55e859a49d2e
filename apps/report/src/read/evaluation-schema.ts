import { z } from "zod";

/** `results.json` of an evaluation, in lm-evaluation-harness' form: `exact_match,answer` beside `exact_match_stderr,answer`. */
export const evaluationSchema = z
  .object({ results: z.record(z.string(), z.record(z.string(), z.unknown())) })
  .transform(({ results }) =>
    Object.entries(results).flatMap(([task, entry]) =>
      Object.entries(entry).flatMap(([key, value]): TaskScore[] => {
        const [metric, filter] = key.split(",");
        const error = entry[`${metric}_stderr,${filter}`];
        // A standard error has none of its own, nor has a label.
        if (typeof value !== "number" || filter === undefined || error === undefined) return [];
        return [{ task, metric: metric!, value, standardError: typeof error === "number" ? error : null }];
      }),
    ),
  );

export interface TaskScore {
  readonly task: string;
  readonly metric: string;
  readonly value: number;
  readonly standardError: number | null;
}
