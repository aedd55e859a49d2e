import { DpoError } from "../errors.ts";
import type { ChatMessage } from "./pair-tokenizer.ts";

/** What stands around a place, short enough to read in an error. */
const excerpt = (text: string, at: number): string => JSON.stringify(text.slice(Math.max(0, at - 20), at + 20));

/** @returns the first index at which `text` does not go on as `prefix` does. */
function firstDifference(prefix: string, text: string): number {
  let at = 0;
  while (at < prefix.length && prefix[at] === text[at]) at++;
  return at;
}

interface Rendered {
  /** The prompt alone, with the opening of the assistant's turn. */
  readonly prompt: string;
  /** Prompt and answer. */
  readonly whole: string;
  /** Which pair and side, for the message. */
  readonly where: string;
}

/**
 * What a chat template makes of an answer: all that follows the prompt, the end of the turn included.
 *
 * @throws {DpoError} E_TEMPLATE showing the first place where the prompt is not the beginning of the whole.
 */
export function answerText({ prompt, whole, where }: Rendered): string {
  if (whole.startsWith(prompt)) return whole.slice(prompt.length);
  const at = firstDifference(prompt, whole);
  const message =
    `${where}: chat template — expected prompt and answer to begin as the prompt alone, ` +
    `got a difference at character ${at}: prompt ${excerpt(prompt, at)}, prompt and answer ${excerpt(whole, at)}`;
  throw new DpoError("E_TEMPLATE", message);
}

/** @throws {DpoError} E_PAIR */
export function checkAnswer(messages: readonly ChatMessage[], where: string): void {
  if (messages.length === 1 && messages[0]!.role === "assistant") return;
  const roles = messages.map(({ role }) => role).join(", ");
  throw new DpoError("E_PAIR", `${where}: expected one assistant message, got ${roles === "" ? "none" : roles}`);
}
