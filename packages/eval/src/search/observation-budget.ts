import type { Document } from "./document.ts";
import type { FormatObservation } from "./observation.ts";

/**
 * An observation of at most `limit` characters: the last passage is shortened first, then left out, and so on from the end, so that what is written around
 * passages stays whole. Characters, since a server's tokens are not known here; an observation without passages may be longer.
 */
export function observeWithin(
  limit: number,
  { documents, format }: { readonly documents: readonly Document[]; readonly format: FormatObservation },
): string {
  let kept = documents;
  for (;;) {
    const text = format(kept);
    const [over, last] = [text.length - limit, kept.at(-1)];
    if (over <= 0 || last === undefined) return text;
    // A character is written as four at most ("&lt;"), and no half of a surrogate pair is left at the cut.
    const shorter = last.text
      .slice(0, Math.max(0, last.text.length - Math.ceil(over / 4)))
      .replace(/[\uD800-\uDBFF]$/, "");
    kept = shorter === "" ? kept.slice(0, -1) : [...kept.slice(0, -1), { ...last, text: shorter }];
  }
}
