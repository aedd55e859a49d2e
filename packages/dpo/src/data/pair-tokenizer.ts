export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
}

/** What pairs need of a tokenizer. */
export interface PairTokenizer {
  /** Ids of a text, nothing added. */
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
  /** The token that ends a turn, and a text. */
  readonly eosId: number;
  applyChatTemplate(
    messages: readonly ChatMessage[],
    options?: { readonly addGenerationPrompt?: boolean; readonly tools?: readonly object[] | undefined },
  ): string;
}
