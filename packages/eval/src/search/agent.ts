import { EvalError } from "../errors.ts";
import type { Segment, Transcript } from "../transcript.ts";
import { beginConversation, continueAll, type Conversation, findAll, transcriptOf } from "./conversation.ts";
import type { Retrieve } from "./document.ts";
import { type FormatObservation, searchR1Observation } from "./observation.ts";

interface Message {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
}

/** What is asked of an agent. */
export interface AgentRequest {
  readonly id: string;
  readonly prompt: readonly Message[];
}

/** One conversation to be continued: the prompt, and the assistant's turn so far. */
export interface ContinueRequest extends AgentRequest {
  readonly segments: readonly Segment[];
}

export interface ContinueOptions {
  /** Texts that end the turn as soon as they appear. They are part of the returned text; what their last token carries beyond them may be, too. */
  readonly stop: readonly string[];
  readonly maxNewTokens: number;
  /** 0, 1, …: which turn of its conversation this is; a sampling seed should depend on it. */
  readonly turn: number;
}

export interface Continued {
  readonly text: string;
  /** The model's own end of turn, a stop text, or the token limit. */
  readonly stop: "end" | "stop" | "length";
}

/** A model as the agent sees it: the next stretch of each conversation, in order. */
export type Continue = (
  requests: readonly ContinueRequest[],
  options: ContinueOptions,
) => Promise<readonly Continued[]>;

export interface AgentOptions {
  readonly continueText: Continue;
  /** Without a retriever a search ends the answer. */
  readonly retrieve?: Retrieve;
  readonly topK?: number;
  readonly formatObservation?: FormatObservation;
  /** Searches of one conversation. After the last one the model is not stopped again: what it writes is final. */
  readonly maxSearches?: number;
  /** Tokens of the first turn, and of each turn after a search. */
  readonly maxNewTokens: number;
  readonly maxNewTokensAfterSearch?: number;
}

const OPEN = "<search>";
const CLOSE = "</search>";

/**
 * A stopped turn up to its first `</search>`. Where the tag is made of several tokens, the last may run past it (a token can hold both ">" and a line
 * feed): the observation must follow the tag, and the query must be found.
 */
function upToStop(text: string, id: string): string {
  const close = text.indexOf(CLOSE);
  if (close >= 0) return text.slice(0, close + CLOSE.length);
  const got = JSON.stringify(text.slice(-60));
  throw new EvalError("E_PORT", `continueText: answer to "${id}" — expected the stop text ${CLOSE} in it, got …${got}`);
}

/** The query of a turn that ended at `</search>`: what follows the last `<search>`; null where there is none, or only blanks. */
function queryOf(text: string): string | null {
  const open = text.lastIndexOf(OPEN);
  const query = open < 0 ? "" : text.slice(open + OPEN.length, -CLOSE.length);
  return query.trim() === "" ? null : query;
}

async function takeTurn(conversations: readonly Conversation[], turn: number, options: AgentOptions): Promise<void> {
  const { continueText, retrieve, maxSearches = 0, maxNewTokens, maxNewTokensAfterSearch = maxNewTokens } = options;
  const maySearch = retrieve !== undefined && turn < maxSearches;
  const answers = await continueAll(conversations, continueText, {
    stop: maySearch ? [CLOSE] : [],
    maxNewTokens: turn === 0 ? maxNewTokens : maxNewTokensAfterSearch,
    turn,
  });
  conversations.forEach((conversation, i) => {
    const { text, stop } = answers[i]!;
    const searched = stop === "stop" && maySearch;
    const own = searched ? upToStop(text, conversation.request.id) : text;
    conversation.segments.push({ text: own, source: "model" });
    if (searched) {
      if (queryOf(own) !== null) return;
      conversation.invalid++;
    }
    conversation.stop = stop === "length" ? "length" : "end";
  });
}

/** Gives every conversation that asked what the retriever found. */
async function search(conversations: readonly Conversation[], options: AgentOptions): Promise<void> {
  const { formatObservation = searchR1Observation } = options;
  const queries = conversations.map(({ segments }) => queryOf(segments.at(-1)!.text)!);
  const found = await findAll(queries, options);
  conversations.forEach((conversation, i) => {
    conversation.segments.push({ text: formatObservation(found[i]!), source: "environment" });
    conversation.searches++;
  });
}

/**
 * Lets a model answer with a search tool, all conversations side by side (the loop of Search-R1, Jin et al. 2025, arXiv:2503.09516): it writes
 * until `</search>` or its end; a query's documents are put behind it as an observation; it goes on. Without searches this is plain generation.
 *
 * @returns transcripts in the order of the requests
 * @throws {EvalError} E_PORT
 */
export async function runAgent(requests: readonly AgentRequest[], options: AgentOptions): Promise<Transcript[]> {
  const conversations = requests.map(beginConversation);
  let open = conversations;
  for (let turn = 0; open.length > 0; turn++) {
    await takeTurn(open, turn, options);
    open = open.filter(({ stop }) => stop === undefined);
    await search(open, options);
  }
  return conversations.map(transcriptOf);
}
