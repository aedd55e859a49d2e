import { francAll } from "franc-min";

/** Fewer letters are no sign of a language. A character of Chinese, Japanese or Korean says as much as four letters. */
const fewestLetters = 30;
const weightOfIdeograph = 4;

/** A language that fits this well beside the best is no other language for certain: Portuguese beside Spanish. */
const close = 0.9;

const ideograph = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/** What is prose: without code, formulas and tags, which read as any language. */
const proseOf = (text: string): string =>
  text
    .replaceAll(/```.*?(?:```|$)/gs, " ")
    .replaceAll(/`[^`\n]*`|\$[^$]*\$|<[^<>]*>|https?:\S+/g, " ")
    .replaceAll(/[^\p{L}\p{M}'’\s]/gu, " ");

/** How well languages (ISO 639-3) fit a text, relative to the best, which comes first; nothing where the text is too short to tell. */
function languagesOf(text: string): ReadonlyMap<string, number> {
  const prose = proseOf(text);
  const letters = prose.match(/\p{L}/gu)?.length ?? 0;
  const ideographs = prose.match(ideograph)?.length ?? 0;
  if (letters + (weightOfIdeograph - 1) * ideographs < fewestLetters) return new Map();
  return new Map(francAll(prose, { minLength: 1 }).filter(([language]) => language !== "und"));
}

/**
 * Whether two texts are in different languages for certain, by their letter trigrams (Cavnar & Trenkle 1994, as in franc): the best language of
 * each fits the other clearly worse. Short texts, and languages as near as Spanish and Portuguese, count as the same.
 */
export function differInLanguage(a: string, b: string): boolean {
  const [left, right] = [languagesOf(a), languagesOf(b)];
  const [first, second] = [left, right].map((languages) => languages.keys().next().value);
  if (first === undefined || second === undefined || first === second) return false;
  return (left.get(second) ?? 0) < close && (right.get(first) ?? 0) < close;
}
