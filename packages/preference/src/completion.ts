import type { Message } from "./message.ts";
import type { Sampling } from "./openai/sampling.ts";
import type { Tool } from "./tools.ts";

/** One answer of a model. */
export interface Completion {
  /** What the model said, without reasoning that the server told apart. */
  readonly text: string;
  /** What a reasoning parser on the server cut off; absent where there was none. */
  readonly reasoning?: string;
  /** Why it ended: `stop`, `length` (cut off at max_tokens), or the server's own word. */
  readonly finish: string;
  /** Tokens of this request's prompt and of all its completions, where the server counts them. */
  readonly usage?: { readonly prompt: number; readonly completion: number };
}

export interface CompleteOptions {
  readonly signal?: AbortSignal | undefined;
  /** Goes over the model's sampling, for this call alone. */
  readonly sampling?: Partial<Sampling> | undefined;
  /** What the model is told that it may call. */
  readonly tools?: readonly Tool[] | undefined;
}

/** A model that answers one prompt at a time, many at once. */
export interface Provider {
  /** The model's name, for the rows. */
  readonly model: string;
  /** All that decides its answers but the prompt: what stored answers are keyed by. */
  readonly identity: { readonly model: string; readonly [key: string]: unknown };
  /** Prompts that are worth having under way at once. */
  readonly concurrency: number;
  /**
   * The completions of one prompt, `n` of them; a prompt that ends with an assistant's turn is gone on with.
   *
   * @throws PreferenceError E_REQUEST when this prompt cannot be answered, E_PROVIDER when no prompt can; the signal's reason
   */
  complete(prompt: readonly Message[], options?: CompleteOptions): Promise<readonly Completion[]>;
}
