import { EvalError } from "../errors.ts";
import type { ChatMessage, Segment, Transcript } from "../transcript.ts";
import type { AgentOptions, AgentRequest } from "./agent.ts";
import { findAll } from "./conversation.ts";
import { observeWithin } from "./observation-budget.ts";
import { listPassages } from "./observation.ts";
import { parseReply, type ToolCall, writeToolCalls } from "./tool-calls.ts";

/** The search tool, in OpenAI's schema. */
export const searchTool = {
  type: "function",
  function: {
    name: "search",
    description: "Searches an encyclopaedia, and gives the passages that fit a query best.",
    parameters: {
      type: "object",
      properties: { query: { type: "string", description: "what to look for" } },
      required: ["query"],
    },
  },
} as const;

export interface ChatRequest {
  readonly id: string;
  readonly messages: readonly ChatMessage[];
}

export interface ChatOptions {
  readonly tools: readonly object[];
  /** Whether calls are carried out any more; the tools stay in the prompt where they are not. */
  readonly mayCall: boolean;
  readonly maxNewTokens: number;
  /** 0, 1, …: which turn this is; a sampling seed should depend on it. */
  readonly turn: number;
}

export interface ChatReply {
  /** All that the model wrote, calls it made in `<tool_call>` included where `calls` are not given. */
  readonly text: string;
  /** What a server has read of the calls already, and taken out of the text; null for one whose arguments are no JSON. */
  readonly calls?: readonly (ToolCall | null)[];
  readonly stop: "end" | "length";
}

/** A model as a tool agent sees it: the next turn of each conversation, in order. */
export type Chat = (requests: readonly ChatRequest[], options: ChatOptions) => Promise<readonly ChatReply[]>;

export interface ToolAgentOptions extends Pick<AgentOptions, "retrieve" | "topK" | "maxNewTokens"> {
  readonly chat: Chat;
  /** Of one conversation, and turns with a call: after them is one turn more, in which nothing is called. */
  readonly maxSearches?: number;
  /** Characters of one observation at most. */
  readonly maxObservation?: number;
}

interface Conversation {
  readonly id: string;
  readonly prompt: AgentRequest["prompt"];
  readonly answer: ChatMessage[];
  readonly segments: Segment[];
  searches: number;
  invalid: number;
  calls: number;
  stop: Transcript["stop"] | undefined;
}

/** A call of a turn, and what it searches for; null where nothing can be made of it. */
interface Asked {
  readonly conversation: Conversation;
  readonly id: string;
  readonly query: string | null;
}

const UNREADABLE =
  'Error: the tool call could not be read. Expected <tool_call>{"name": "search", "arguments": {"query": "…"}}</tool_call>.';
const UNKNOWN = 'Error: expected a call of "search" with a "query" that is not empty.';
const SPENT = "Error: no searches are left. Answer with what is known.";

const queryOf = ({ name, arguments: { query } }: ToolCall): string | null =>
  name === searchTool.function.name && typeof query === "string" && query.trim() !== "" ? query.trim() : null;

function observe(conversation: Conversation, content: string, message: Omit<ChatMessage, "content">): void {
  conversation.answer.push({ ...message, content });
  conversation.segments.push({ text: `\n<tool_response>\n${content}\n</tool_response>\n`, source: "environment" });
}

/** A reply with its calls read, whoever read them, and all of it as text. */
function readReply({ text, calls: parsed }: ChatReply) {
  if (parsed === undefined) return { ...parseReply(text), whole: text };
  const calls = parsed.filter((call) => call !== null);
  return { content: text, calls, unreadable: parsed.length - calls.length, whole: writeToolCalls(text, calls) };
}

/** Writes a reply into its conversation; gives the calls that it makes. */
function hear(conversation: Conversation, reply: ChatReply, mayCall: boolean): Asked[] {
  const { content, calls, unreadable, whole } = readReply(reply);
  conversation.segments.push({ text: whole, source: "model" });
  conversation.invalid += unreadable;
  if (!mayCall || calls.length + unreadable === 0 || reply.stop === "length") {
    conversation.answer.push({ role: "assistant", content: whole });
    conversation.stop = reply.stop;
    return [];
  }
  if (calls.length === 0) {
    conversation.answer.push({ role: "assistant", content });
    // A tool's message would answer a call that is not there.
    observe(conversation, UNREADABLE, { role: "user" });
    return [];
  }
  // Nine letters and digits, which is what Mistral's templates take.
  const ids = calls.map(() => `call${String(conversation.calls++).padStart(5, "0")}`);
  const tool_calls = calls.map((call, i) => ({ id: ids[i]!, type: "function" as const, function: call }));
  conversation.answer.push({ role: "assistant", content, tool_calls });
  return calls.map((call, i) => ({ conversation, id: ids[i]!, query: queryOf(call) }));
}

/** Carries calls out and tells what came of them, in their order. */
async function carryOut(asked: readonly Asked[], options: ToolAgentOptions): Promise<void> {
  const { maxSearches = 0, maxObservation = Infinity } = options;
  const carried = asked.filter(({ conversation, query }) => {
    if (query === null || conversation.searches === maxSearches) return false;
    conversation.searches++;
    return true;
  });
  const found = await findAll(
    carried.map(({ query }) => query!),
    options,
  );
  const shown = new Map(
    carried.map((one, i) => [one, observeWithin(maxObservation, { documents: found[i]!, format: listPassages })]),
  );
  for (const one of asked) {
    if (one.query === null) one.conversation.invalid++;
    const content = shown.get(one) ?? (one.query === null ? UNKNOWN : SPENT);
    observe(one.conversation, content, { role: "tool", tool_call_id: one.id });
  }
}

/**
 * Lets a model answer by its own tool calling, Qwen3's say, all conversations side by side: it calls `search`, is given what was found as a message of
 * the role `tool`, and goes on until it calls nothing or has had `maxSearches` turns with calls; then it has one turn more, whose calls are not carried out.
 * A call that cannot be read, of another tool or without a query is invalid, and the model is told so. The transcripts hold the messages, too.
 *
 * @returns transcripts in the order of the requests
 * @throws {EvalError} E_PORT
 */
export async function runToolAgent(
  requests: readonly AgentRequest[],
  options: ToolAgentOptions,
): Promise<Transcript[]> {
  const { chat, retrieve, maxSearches = 0, maxNewTokens } = options;
  const conversations = requests.map(({ id, prompt }): Conversation => {
    return { id, prompt, answer: [], segments: [], searches: 0, invalid: 0, calls: 0, stop: undefined };
  });
  let open = conversations;
  for (let turn = 0; open.length > 0; turn++) {
    const mayCall = retrieve !== undefined && turn < maxSearches;
    const asked = open.map(({ id, prompt, answer }) => ({ id, messages: [...prompt, ...answer] }));
    const tools = retrieve === undefined ? [] : [searchTool];
    const replies = await chat(asked, { tools, mayCall, maxNewTokens, turn });
    if (replies.length !== open.length) {
      throw new EvalError("E_PORT", `chat: replies — expected ${open.length}, got ${replies.length}`);
    }
    await carryOut(
      open.flatMap((conversation, i) => hear(conversation, replies[i]!, mayCall)),
      options,
    );
    open = open.filter(({ stop }) => stop === undefined);
  }
  return conversations.map(({ segments, answer, searches, invalid, stop }) => {
    return { segments, messages: answer, searches, invalid, stop: stop! };
  });
}
