import { z } from "zod";

/**
 * How a model draws its answers, in the names that OpenAI, vLLM, SGLang and llama-server share. The defaults are delta learning's: greedy,
 * 2048 tokens (Geng et al. 2025, generate_model_ladder_data.py). What is not set is not sent.
 */
export const sampling = z.strictObject({
  temperature: z.number().min(0).default(0),
  max_tokens: z.int().positive().default(2048),
  top_p: z.number().gt(0).max(1).optional(),
  top_k: z.int().min(-1).optional(),
  min_p: z.number().min(0).max(1).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  repetition_penalty: z.number().positive().optional(),
  seed: z.int().optional(),
  stop: z.array(z.string().min(1)).min(1).optional(),
  /** Completions for each prompt. */
  n: z.int().positive().default(1),
  /** Sent with prompts that have tools. `none`: the model is told of them, and what it calls stays in its text. */
  tool_choice: z.enum(["none", "auto", "required"]).optional(),
  /** For the server's chat template, `{ enable_thinking: false }` say. */
  chat_template_kwargs: z.record(z.string(), z.unknown()).optional(),
});

export type Sampling = z.output<typeof sampling>;
export type SamplingInput = z.input<typeof sampling>;
