import { EvalError } from "../errors.ts";
import type { Segment, Transcript } from "../transcript.ts";
import type { AgentOptions, AgentRequest, Continue, Continued, ContinueOptions } from "./agent.ts";
import type { Document } from "./document.ts";

/** What has been said to a request so far, in one assistant's turn. */
export interface Conversation {
  readonly request: AgentRequest;
  readonly segments: Segment[];
  searches: number;
  invalid: number;
  stop: Transcript["stop"] | undefined;
}

export const beginConversation = ({ id, prompt }: AgentRequest): Conversation => ({
  request: { id, prompt },
  segments: [],
  searches: 0,
  invalid: 0,
  stop: undefined,
});

/** Of a conversation that has ended. */
export const transcriptOf = ({ segments, searches, invalid, stop }: Conversation): Transcript => ({
  segments,
  searches,
  invalid,
  stop: stop!,
});

/** Asks the model to go on with all of them. @throws {EvalError} E_PORT unless there is one answer each */
export async function continueAll(
  conversations: readonly Conversation[],
  continueText: Continue,
  options: ContinueOptions,
): Promise<readonly Continued[]> {
  const requests = conversations.map(({ request, segments }) => ({ ...request, segments }));
  const answers = await continueText(requests, options);
  if (answers.length === requests.length) return answers;
  throw new EvalError("E_PORT", `continueText: answers — expected ${requests.length}, got ${answers.length}`);
}

/** What the retriever finds for each query; it is not asked for nothing. @throws {EvalError} E_PORT unless there is one result each */
export async function findAll(
  queries: readonly string[],
  { retrieve, topK = 3 }: Pick<AgentOptions, "retrieve" | "topK">,
): Promise<readonly (readonly Document[])[]> {
  if (queries.length === 0) return [];
  const found = await retrieve!(queries, topK);
  if (found.length === queries.length) return found;
  throw new EvalError("E_PORT", `retrieve: results — expected ${queries.length}, one a query, got ${found.length}`);
}
