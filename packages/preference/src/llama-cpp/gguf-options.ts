import { z } from "zod";
import { sampling } from "../openai/sampling.ts";

/** What llama.cpp draws by; its penalties look at other tokens than the servers' do, and are not offered. */
const ggufSampling = sampling.omit({
  ...{ presence_penalty: true, frequency_penalty: true, repetition_penalty: true },
  tool_choice: true,
});

/** One model in a GGUF file, run in this process. */
export const ggufOptions = z.strictObject({
  path: z.string().min(1),
  /** What the rows call it. */
  model: z.string().min(1),
  /** Which weights the file holds, a hash say; part of what stored answers are keyed by. */
  revision: z.string().optional(),
  /** `completions`: the messages' contents without a chat template, for base models. */
  api: z.enum(["chat", "completions"]).default("chat"),
  sampling: ggufSampling.prefault({}),
  /** Tokens of a prompt with its answer; what would be longer ends there. */
  context_size: z.int().positive().default(4096),
  /** Prompts under way together. More than one is faster; then an answer's rounding depends on what it was computed with. */
  max_concurrency: z.int().positive().default(1),
  /** false: the CPU, even where there is a GPU that the installed binaries can use. */
  gpu: z.boolean().default(true),
  /** Of the CPU; llama.cpp's own choice, unless it is given. */
  threads: z.int().positive().optional(),
});

export type GgufOptions = z.output<typeof ggufOptions>;
export type GgufOptionsInput = z.input<typeof ggufOptions>;
