import { encodePair, type EncodedPair } from "../data/encode-pair.ts";
import type { ChatMessage, PairTokenizer, TemplateOptions } from "../data/pair-tokenizer.ts";

/** Words that no template says of its own. */
export const QUESTION = "How many legs have seven beetles?";
export const ANSWER = "Seven beetles have forty-two legs.";
export const INSTRUCTION = "You count legs.";

export const user = (content: string): ChatMessage => ({ role: "user", content });
export const assistant = (content: string): ChatMessage => ({ role: "assistant", content });

export const question: readonly ChatMessage[] = [user(QUESTION)];

/** A conversation to try a template with. */
export interface Sample extends Pick<TemplateOptions, "variables"> {
  readonly prompt: readonly ChatMessage[];
  /** One answer of the assistant, unless it is given. */
  readonly answer?: readonly ChatMessage[];
}

/** A sample as training would encode it. @throws {DpoError} E_TEMPLATE; what the template throws */
export function encodeSample(
  tokenizer: PairTokenizer,
  { prompt, answer = [assistant(ANSWER)], variables }: Sample,
): EncodedPair {
  const rows = { prompt, chosen: answer, rejected: answer, prompt_id: "sample" };
  const pair = variables === undefined ? rows : { ...rows, chat_template_kwargs: variables };
  return encodePair(tokenizer, pair, { name: "a sample", maxLength: null, maskObservations: true }).encoded!;
}

/** What a template is asked for comes back, or why it does not. */
export function attempt<Value>(work: () => Value): { readonly value: Value } | { readonly error: string } {
  try {
    return { value: work() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
