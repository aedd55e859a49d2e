import { isDeepStrictEqual } from "node:util";
import type { ChatMessage } from "./pair-tokenizer.ts";

/** The first place at which two sequences differ; the shorter one's last, where one begins with the other. */
function firstDifference<T>(a: ArrayLike<T>, b: ArrayLike<T>, isEqual: (a: T, b: T) => boolean): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && isEqual(a[at]!, b[at]!)) at++;
  return Math.min(at, Math.max(0, shorter - 1));
}

/** What both conversations begin with is the prompt; each has one message at least left. As TRL's extract_prompt. */
export function sharedMessages(chosen: readonly ChatMessage[], rejected: readonly ChatMessage[]) {
  const at = firstDifference(chosen, rejected, isDeepStrictEqual);
  return { prompt: chosen.slice(0, at), chosen: chosen.slice(at), rejected: rejected.slice(at) };
}

/** The same for texts, by UTF-16 units: a blank at the border belongs to the answers. */
export function sharedText(chosen: string, rejected: string) {
  const difference = firstDifference(chosen, rejected, (a, b) => a === b);
  const isBroken = chosen[difference] !== rejected[difference];
  const at = isBroken && chosen[difference - 1] === " " ? difference - 1 : difference;
  return { prompt: chosen.slice(0, at), chosen: chosen.slice(at), rejected: rejected.slice(at) };
}
