import { stemmer } from "stemmer";

/** Lucene's English stop words. */
const stopWords = new Set(
  "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with".split(
    " ",
  ),
);
// oxlint-disable-next-line no-control-regex
const ascii = /^[\0-\x7f]*$/;
const asciiWords = /\w\w+/g;
// What Python's \w knows of Unicode. Several times slower than \w.
const words = /[\p{L}\p{N}_]{2,}/gu;

/** The words of a text, lower case: runs of two or more letters, digits and underscores (scikit-learn's and bm25s' pattern). */
export function splitWords(text: string): string[] {
  const lower = text.toLowerCase();
  return lower.match(ascii.test(lower) ? asciiWords : words) ?? [];
}

/** A word's stem (Porter 1980, with the two departures of its author's own code); null for a stop word. */
export const stemWord = (word: string): string | null => (stopWords.has(word) ? null : stemmer(word));

/** English text as the terms it is indexed by, in order, repeated as often as they are there. */
export const analyse = (text: string): string[] => splitWords(text).flatMap((word) => stemWord(word) ?? []);
