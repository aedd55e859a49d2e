import { z } from "zod";

/** A line of `trainer_log.jsonl`: TRL's metric names. JSON has no NaN; it is null. */
export const logRowSchema = z.object({ step: z.number() }).catchall(z.number().nullable());
export type LogRow = z.output<typeof logRowSchema>;

const counts = z.object({
  given: z.number(),
  kept: z.number(),
  tooLong: z.number(),
  empty: z.number(),
  cut: z.number(),
});

/** `training.json`: what a training says of itself when it is done. */
export const trainingSchema = z.object({
  steps: z.number(),
  counts,
  evaluation: z
    .object({ counts, best: z.object({ step: z.number(), value: z.number() }) })
    .nullable()
    .default(null),
  verdicts: z.array(z.object({ message: z.string() })),
});
export type ReportedTraining = z.output<typeof trainingSchema>;
