import { DpoError } from "../errors.ts";
import type { PairTokenizer } from "./pair-tokenizer.ts";

interface Rendered {
  /** What came before, with the opening of the assistant's turn. */
  readonly prompt: string;
  /** The same and the answer. */
  readonly whole: string;
  /** Which pair and side, for the message. */
  readonly where: string;
}

/** Tokens around a place, short enough to read in an error. */
function excerpt(tokenizer: PairTokenizer, ids: readonly number[], at: number): string {
  if (at >= ids.length) return "its end";
  return `${JSON.stringify(tokenizer.decode([ids[at]!]))} (${ids[at]}) in ${JSON.stringify(tokenizer.decode(ids.slice(Math.max(0, at - 4), at + 5)))}`;
}

/**
 * What a chat template makes of an answer: all that follows the prompt, the end of the turn included.
 *
 * @throws {DpoError} E_TEMPLATE showing the first token at which the prompt is not the beginning of the whole.
 */
export function answerText(tokenizer: PairTokenizer, { prompt, whole, where }: Rendered): string {
  if (whole.startsWith(prompt)) return whole.slice(prompt.length);
  const [alone, together] = [tokenizer.encode(prompt), tokenizer.encode(whole)];
  const found = alone.findIndex((id, i) => id !== together[i]);
  const at = found === -1 ? alone.length : found;
  const message =
    `${where}: chat template — expected prompt and answer to begin as the prompt alone, ` +
    `got another token ${at}: the prompt has ${excerpt(tokenizer, alone, at)}, ` +
    `prompt and answer have ${excerpt(tokenizer, together, at)}`;
  throw new DpoError("E_TEMPLATE", message);
}
