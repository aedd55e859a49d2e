/** A stretch of an answer, and who wrote it. */
export interface Segment {
  readonly text: string;
  readonly source: "model" | "environment";
}

/** A message as chat templates and TRL's data sets have them. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
  /** Of the assistant. `arguments` is an object, as templates want it; OpenAI's servers want its JSON. */
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: "function";
    readonly function: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> };
  }[];
  /** Of a tool's message. */
  readonly tool_call_id?: string;
}

/** An answer as it came about: the model's text with what the environment put into it. */
export interface Transcript {
  readonly segments: readonly Segment[];
  /** Of tool calling: all that followed the prompt. Whatever is not the assistant's was written by the environment. */
  readonly messages?: readonly ChatMessage[];
  /** Searches that were carried out. */
  readonly searches: number;
  /** Search actions that could not be read. */
  readonly invalid: number;
  /** How the last turn ended: by itself, or at the token limit. */
  readonly stop: "end" | "length";
}

/** The whole answer: what a pair's row holds, observations inside. */
export const transcriptText = ({ segments }: Transcript): string => segments.map(({ text }) => text).join("");

/**
 * The answer as a side of a pair: the messages of tool calling, whose `tool` and `user` messages are the environment's, or else one message of the assistant,
 * in which `<information>` tags say what is. A trainer that masks observations needs nothing more.
 */
export const transcriptMessages = (transcript: Transcript): readonly ChatMessage[] =>
  transcript.messages ?? [{ role: "assistant", content: transcriptText(transcript) }];

/** What the model itself wrote. */
export const modelText = ({ segments }: Transcript): string =>
  segments
    .filter(({ source }) => source === "model")
    .map(({ text }) => text)
    .join("");
