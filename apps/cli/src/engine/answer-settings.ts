import { z } from "zod";

/** How a model picks its tokens. */
export const samplingFields = {
  /** 0 is greedy. */
  temperature: z.number().nonnegative().default(0),
  top_p: z.number().positive().max(1).default(1),
  /** 0: no limit. */
  top_k: z.int().nonnegative().default(0),
};

/** How long an answer may be, and how many are written together. */
export const answerFields = {
  max_new_tokens: z.int().positive().default(256),
  /** Prompts decoded together; they are also what is kept through a kill. */
  batch_size: z.int().positive().default(64),
};

/** A search tool: a model that writes `<search>…</search>` is told what was found under that title. */
export const searchSchema = z.strictObject({
  /** JSONL of `{id, contents}`; the first line of the contents is the title. */
  corpus: z.string().min(1),
  top_k: z.int().positive().default(3),
  /** Searches in one answer. */
  max_searches: z.int().positive().default(1),
  /** Tokens after a search; max_new_tokens, unless it is given. */
  max_new_tokens_after_search: z.int().positive().optional(),
  /** What the model is told: `{title}` and `{text}` stand for the documents'. Search-R1's form, unless it is given. */
  observation: z
    .string()
    .regex(/<information>.*<\/information>/s, "expected a text with <information>…</information>")
    .optional(),
});

export type Sampling = z.output<z.ZodObject<typeof samplingFields>>;
export type AnswerSettings = z.output<z.ZodObject<typeof answerFields>>;
export type SearchSettings = z.output<typeof searchSchema>;
