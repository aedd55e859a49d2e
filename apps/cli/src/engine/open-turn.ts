import type { Segment } from "@prefdelta/eval";

/** An assistant's turn so far, as the message that a server goes on with; none where it has not begun. */
export const begunTurn = (segments: readonly Segment[]): { role: "assistant"; content: string }[] =>
  segments.length === 0 ? [] : [{ role: "assistant", content: segments.map(({ text }) => text).join("") }];

/**
 * Servers leave the stop text off, and few say which one it was: a turn that broke off inside a search or an answer was stopped at its closing tag. One that
 * keeps it on is left as it is.
 */
export function withStopText(text: string, stop: readonly string[]): { text: string; stopped: boolean } {
  const isOpen = (close: string): boolean => text.lastIndexOf(close.replace("/", "")) > text.lastIndexOf(close);
  const missing = stop.find(isOpen);
  if (missing !== undefined) return { text: text + missing, stopped: true };
  return { text, stopped: stop.some((close) => text.trimEnd().endsWith(close)) };
}
