import type { Likelihood, LikelihoodRequest } from "@prefdelta/eval";
import { z } from "zod";

import { CliError } from "../errors.ts";

/** The part of a legacy completion with `echo` and `logprobs` that is needed. */
const echoed = z.object({
  choices: z.tuple([
    z.object({
      logprobs: z.object({
        token_logprobs: z.array(z.number().nullable()),
        /** The likeliest tokens at each place; the token itself may be one of them, or one more. */
        top_logprobs: z.array(z.record(z.string(), z.number()).nullable()),
        /** Where each token begins in the text. */
        text_offset: z.array(z.int()),
      }),
    }),
  ]),
});

/** Python servers count code points. */
const lengthOf = (text: string): number => Array.from(text).length;

/**
 * A continuation's likelihood from a server's echo of context and continuation. Its tokens are those that begin at the context's end or later, blanks
 * at that end being the continuation's, as lm-evaluation-harness splits them; the token that the server adds is left out. A token that
 * lies across the border counts as the context's.
 *
 * @throws CliError E_SERVERS when the echo has no log-probs
 */
export function echoedLikelihood(
  answer: unknown,
  { context, continuation }: LikelihoodRequest,
  where: string,
): Likelihood {
  const parsed = echoed.safeParse(answer);
  if (!parsed.success) {
    const got = JSON.stringify(answer).slice(0, 200);
    throw new CliError("E_SERVERS", `${where}: expected log-probs of the prompt (echo, logprobs), got ${got}`);
  }
  const { token_logprobs: tokens, top_logprobs: tops, text_offset: offsets } = parsed.data.choices[0].logprobs;
  const start = lengthOf(context.trimEnd());
  const end = lengthOf(context + continuation);
  let logProb = 0;
  let isGreedy = true;
  let counted = 0;
  offsets.forEach((offset, i) => {
    const own = tokens[i];
    // The first token of all has nothing before it, and no probability.
    if (offset < start || offset >= end || own === null || own === undefined) return;
    counted++;
    logProb += own;
    if (own < Math.max(...Object.values(tops[i] ?? {}))) isGreedy = false;
  });
  if (counted > 0) return { logProb, isGreedy };
  throw new CliError("E_SERVERS", `${where}: expected tokens of ${JSON.stringify(continuation)} in the echo, got none`);
}
