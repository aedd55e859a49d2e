import { z } from "zod";
import { sampling } from "./sampling.ts";

/** One model behind one or more servers that speak OpenAI's protocol. */
export const openAiOptions = z.strictObject({
  /** Base addresses, `/v1` included. All must serve the same model. */
  urls: z.array(z.url({ protocol: /^https?$/ })).min(1),
  model: z.string().min(1),
  /** Which weights the servers hold; part of what stored answers are keyed by. */
  revision: z.string().optional(),
  /** Hash of the chat template that the servers apply; part of the key, too. */
  template_hash: z.string().optional(),
  api: z.enum(["chat", "completions"]).default("chat"),
  /** Sent as a bearer token; no part of the key. */
  key: z.string().min(1).optional(),
  sampling: sampling.prefault({}),
  /** Have answers sent as they are written: for proxies that cut silent connections. What is stored is the same. */
  stream: z.boolean().default(false),
  /** Requests under way at one URL; fewer while the server says that it is overloaded. */
  max_concurrency: z.int().positive().default(64),
  /** For one attempt, from the first byte sent to the last received. */
  timeout_seconds: z.number().positive().default(600),
  /** Further attempts after the first. */
  retries: z.int().min(0).default(8),
  /** The wait before retry k is drawn from 0 to min(max, first · 2ᵏ). */
  backoff_seconds: z
    .strictObject({ first: z.number().positive().default(0.5), max: z.number().positive().default(30) })
    .prefault({}),
});

export type OpenAiOptions = z.output<typeof openAiOptions>;
export type OpenAiOptionsInput = z.input<typeof openAiOptions>;
