import { extractAnswer, isExactMatch } from "@prefdelta/eval";
import type { IsCorrect } from "@prefdelta/preference";

/** What a boxed formula holds, braces matched; of several the last. */
function boxed(text: string): string | null {
  const open = text.lastIndexOf("\\boxed{");
  if (open < 0) return null;
  const start = open + "\\boxed{".length;
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}" && --depth === 0) return text.slice(start, i);
  }
  return null;
}

/** The last number of a text, as digits: `1,234.50` is `1234.5`. */
function lastNumber(text: string): string | null {
  const found = text.match(/-?\d[\d,]*(?:\.\d+)?/g)?.at(-1);
  return found === undefined ? null : String(Number(found.replaceAll(",", "")));
}

/** Where in an answer its result stands; null where it is not to be found, which is wrong. */
const verifiers = {
  /** The last `<answer>…</answer>`. */
  tag: extractAnswer,
  /** The last `\boxed{…}`. */
  boxed,
  /** The last number. */
  number: lastNumber,
  /** The whole text. */
  text: (text: string): string | null => text,
} satisfies Record<string, (text: string) => string | null>;

export type Verifier = keyof typeof verifiers;
export const verifierNames = Object.keys(verifiers) as [Verifier, ...Verifier[]];

const plain = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, " ").trim();

/** Whether an answer gives one of those that its prompt carries, but for case and white space; null where it carries none. */
export function verifyAnswer(verifier: Verifier): IsCorrect {
  const extract = verifiers[verifier];
  const normalise = verifier === "number" ? (text: string) => lastNumber(text) ?? text : plain;
  return ({ answers }, text) =>
    answers === undefined || answers.length === 0 ? null : isExactMatch(extract(text), answers, { normalise });
}
