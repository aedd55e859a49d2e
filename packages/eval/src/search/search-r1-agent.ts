import type { Transcript } from "../transcript.ts";
import type { AgentOptions, AgentRequest } from "./agent.ts";
import { beginConversation, continueAll, type Conversation, findAll, transcriptOf } from "./conversation.ts";
import { observeWithin } from "./observation-budget.ts";
import { searchR1Observation } from "./observation.ts";

export interface SearchR1Options extends Pick<
  AgentOptions,
  "continueText" | "retrieve" | "topK" | "formatObservation" | "maxNewTokens"
> {
  /** Turns before the last one, in which nothing is searched for any more; a turn without an action is one of them. */
  readonly maxSearches?: number;
  /** Characters of one observation at most. */
  readonly maxObservation?: number;
}

/** What a turn that neither searches nor answers is told. */
const RETRY =
  "\nMy previous action is invalid. If I want to search, I should put the query between <search> and </search>. " +
  "If I want to give the final answer, I should put the answer between <answer> and </answer>. Let me try again.\n";

/** A turn up to its first `</search>`, or else its first `</answer>`: what a token carries beyond it is not the model's. */
function upToAction(text: string): string {
  for (const close of ["</search>", "</answer>"]) {
    const at = text.indexOf(close);
    if (at >= 0) return text.slice(0, at + close.length);
  }
  return text;
}

type Action = { readonly kind: "answer" | "invalid" } | { readonly kind: "search"; readonly query: string };

/** The first search or answer of a turn. */
function actionOf(turn: string): Action {
  const [, tag, content = ""] = /<(search|answer)>(.*?)<\/\1>/s.exec(turn) ?? [];
  if (tag === undefined) return { kind: "invalid" };
  return tag === "answer" ? { kind: "answer" } : { kind: "search", query: content.trim() };
}

/** One turn of all; gives the queries of those that search. */
async function takeTurn(
  conversations: readonly Conversation[],
  { turn, isLast }: { readonly turn: number; readonly isLast: boolean },
  { continueText, maxNewTokens }: SearchR1Options,
): Promise<Map<Conversation, string>> {
  const asked = { stop: ["</search>", "</answer>"], maxNewTokens, turn };
  const answers = await continueAll(conversations, continueText, asked);
  const queries = new Map<Conversation, string>();
  conversations.forEach((conversation, i) => {
    const { text, stop } = answers[i]!;
    const own = upToAction(text);
    conversation.segments.push({ text: own, source: "model" });
    const action = actionOf(own);
    if (action.kind === "invalid") conversation.invalid++;
    if (isLast || action.kind === "answer") conversation.stop = stop === "length" ? "length" : "end";
    else if (action.kind === "search") queries.set(conversation, action.query);
    else conversation.segments.push({ text: RETRY, source: "environment" });
  });
  return queries;
}

async function search(asked: ReadonlyMap<Conversation, string>, options: SearchR1Options): Promise<void> {
  const { formatObservation = searchR1Observation, maxObservation = Infinity } = options;
  const found = await findAll([...asked.values()], options);
  [...asked.keys()].forEach((conversation, i) => {
    const text = observeWithin(maxObservation, { documents: found[i]!, format: formatObservation });
    conversation.segments.push({ text, source: "environment" });
    conversation.searches++;
  });
}

/**
 * Search-R1's loop as its released code has it (Jin et al. 2025, arXiv:2503.09516), all conversations side by side. A turn ends at `</search>` or
 * `</answer>`; its first search or answer is its action; one that has neither is told so and goes on. After `maxSearches` turns there is one more, in which
 * nothing is searched for. Differs in one thing: an observation that is too long loses passages from its end, and never its closing tag.
 *
 * @returns transcripts in the order of the requests
 * @throws {EvalError} E_PORT
 */
export async function runSearchR1(requests: readonly AgentRequest[], options: SearchR1Options): Promise<Transcript[]> {
  const { retrieve, maxSearches = 0 } = options;
  const last = retrieve === undefined ? 0 : maxSearches;
  const conversations = requests.map(beginConversation);
  let open = conversations;
  for (let turn = 0; open.length > 0; turn++) {
    await search(await takeTurn(open, { turn, isLast: turn === last }, options), options);
    open = open.filter(({ stop }) => stop === undefined);
  }
  return conversations.map(transcriptOf);
}
