export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
  /** Of the assistant, as the chat template wants them. */
  readonly tool_calls?: readonly object[] | undefined;
  /** Of a tool's message: the call that it answers. */
  readonly tool_call_id?: string | undefined;
  readonly name?: string | undefined;
}

/** What a chat template is given beside the messages. */
export interface TemplateOptions {
  readonly addGenerationPrompt?: boolean;
  readonly tools?: readonly object[] | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** What pairs need of a tokenizer. */
export interface PairTokenizer {
  /** Ids of a text, nothing added. */
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
  /** The token that ends a turn, and a text. */
  readonly eosId: number;
  applyChatTemplate(messages: readonly ChatMessage[], options?: TemplateOptions): string;
}
