import type { ChatMessage } from "./pair-tokenizer.ts";

/** A preference in words: conversations go through the chat template, texts are taken as they stand and end with the end-of-turn token. */
export type TrainingPair = ConversationPair | TextPair;

export interface ConversationPair {
  readonly prompt: readonly ChatMessage[];
  /** A message of the assistant, or several of its turns with tools' or users' messages between them. */
  readonly chosen: readonly ChatMessage[];
  readonly rejected: readonly ChatMessage[];
  /** What the chat template is told that the model may call, in OpenAI's schema. */
  readonly tools?: readonly object[];
  /** Further variables of the chat template, by TRL's name for them. */
  readonly chat_template_kwargs?: Readonly<Record<string, unknown>>;
  /** What errors call it. */
  readonly prompt_id: string;
}

export interface TextPair {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  readonly prompt_id: string;
}

export const isTextPair = (pair: TrainingPair): pair is TextPair => typeof pair.prompt === "string";
