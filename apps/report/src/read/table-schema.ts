import { z } from "zod";

const interval = z.object({ value: z.number(), low: z.number(), high: z.number() });
export type Interval = z.output<typeof interval>;

const difference = z.object({ difference: z.number(), low: z.number(), high: z.number(), p: z.number() });
export type Difference = z.output<typeof difference>;

/** The row with the highest value of a column, and those that a paired test does not tell from it. */
const leader = z.object({ model: z.string(), not_told_apart: z.array(z.string()) });
export type Leader = z.output<typeof leader>;

const ablationRow = z.object({ model: z.string(), deltas: z.array(z.string()), average: interval });

/** `table.json`: shares are between 0 and 1. */
export const tableSchema = z.object({
  /** Items of each skill, in the order of the columns. */
  items: z.record(z.string(), z.number()),
  best_single: z.string().nullable(),
  rows: z.array(
    z.object({
      model: z.string(),
      kind: z.string(),
      skills: z.record(z.string(), interval),
      average: interval,
      /** Of the average; a row is not compared with itself. */
      paired: z.object({
        base: difference.optional(),
        best_single: difference.optional(),
        joint: difference.optional(),
      }),
      /** Against the base, skill by skill; runs of before it was computed have none. */
      minus_base: z.record(z.string(), difference).default({}),
    }),
  ),
  leaders: z.object({ skills: z.record(z.string(), leader), average: leader }).optional(),
  ablations: z
    .array(
      z.object({
        merge: z.string(),
        scaling: z.array(ablationRow.extend({ minus_base: difference })),
        leave_one_out: z.array(ablationRow.extend({ without: z.string(), contribution: difference })),
      }),
    )
    .default([]),
});
export type ReportedTable = z.output<typeof tableSchema>;
