import type { Split } from "../question.ts";
import { hashOrder } from "../unit-hash.ts";
import { passageText } from "./passage.ts";
import type { Word } from "./words.ts";

/** Words held out per split. Questions are drawn from them afterwards. */
const heldOutWords = { dpo: 240, dev: 120, eval: 400 } as const satisfies Partial<Record<Split, number>>;

/**
 * Deals the words out to the splits.
 *
 * Only a word that no other text speaks of can be held out: one that is another word's kind, or stands in another's meaning
 * or in the sentences about countries (`otherTexts`), would be met in pretraining after all.
 */
export function splitWords(words: readonly Word[], otherTexts: readonly string[]): Record<Split, Word[]> {
  const mentions = new Set(otherTexts.flatMap(wordsIn));
  for (const word of words) {
    for (const mentioned of wordsIn(passageText(word))) if (mentioned !== word.name) mentions.add(mentioned);
  }
  const ordered = hashOrder(words, ({ name }) => `word ${name}`);
  const free = ordered.filter(({ name }) => !mentions.has(name));
  const { dpo, dev } = heldOutWords;
  const count = dpo + dev + heldOutWords.eval;
  if (free.length < count) throw new RangeError(`splitWords: expected ${count} free words, got ${free.length}`);
  const heldOut = new Set(free.slice(0, count));
  return {
    pre: ordered.filter((word) => !heldOut.has(word)),
    dpo: free.slice(0, dpo),
    dev: free.slice(dpo, dpo + dev),
    eval: free.slice(dpo + dev, count),
  };
}

/** The words of a text, in lower case. */
export function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}
