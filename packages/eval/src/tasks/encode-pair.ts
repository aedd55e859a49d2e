import type { LikelihoodRequest } from "./run-task.ts";

export interface EncodedPair {
  readonly prompt: number[];
  readonly completion: number[];
}

/**
 * A context and its continuation as token ids, split as lm-evaluation-harness splits them for causal models: blanks at the context's end go to
 * the continuation, and the continuation's tokens are those of the whole beyond the context's own number.
 *
 * @param encode without tokens added at the start
 */
export function encodePair(encode: (text: string) => readonly number[], request: LikelihoodRequest): EncodedPair {
  const context = request.context.trimEnd();
  const continuation = request.context.slice(context.length) + request.continuation;
  const prompt = [...encode(context)];
  return { prompt, completion: encode(context + continuation).slice(prompt.length) };
}
