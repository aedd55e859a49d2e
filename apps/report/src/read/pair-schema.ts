import { z } from "zod";

const number = z.number().nullable();
const sides = z.object({ chosen: number, rejected: number });

/** `counts.json`: prompts, pairs, and how many each filter dropped. */
export const countsSchema = z.object({ prompts: z.number(), pairs: z.number() }).catchall(z.number());
export type ReportedCounts = z.output<typeof countsSchema>;

/** `diagnostics.json`: lengths are characters, shares are between 0 and 1, log-probs in nats. */
export const diagnosticsSchema = z.object({
  pairs: z.number(),
  length: z.object({ mean: sides, median: sides, ratio: number, chosenLonger: number }),
  tokens: z.object({ counted: z.number(), mean: sides, ratio: number }),
  margins: z.object({
    pairs: z.number(),
    logProbPerToken: sides,
    margin: number,
    marginPerToken: number,
    chosenLikelier: number,
  }),
  format: z.record(z.string(), sides),
  correctness: z.object({
    judged: z.number(),
    shareCorrect: sides,
    rightOverWrong: z.number(),
    bothRight: z.number(),
    bothWrong: z.number(),
    inverted: z.number(),
    winRate: number,
  }),
  similarity: z.object({ mean: number, histogram: z.array(z.number()) }),
  duplicates: z.object({ prompts: z.number(), chosen: z.number(), rejected: z.number() }),
  /** What became of the prompts' rows; null was not looked for. */
  prompts: z.object({ read: z.number(), kept: z.number(), exact: number, near: number, contaminated: number }),
  verdicts: z.array(z.object({ level: z.enum(["good", "note", "warning"]), text: z.string() })),
});
export type ReportedDiagnostics = z.output<typeof diagnosticsSchema>;
