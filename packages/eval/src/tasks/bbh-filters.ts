import { pythonRegex } from "./python-regex.ts";
import type { Doc } from "./task-document.ts";
import type { FilterStep } from "./task-schema.ts";

type Step<F extends FilterStep["function"]> = Extract<FilterStep, { function: F }>;

/** What a pattern finds at a place, 0 the first, -1 the last; of several groups the first that is not empty. Empty where it finds nothing. */
function find(pattern: RegExp, text: string, place: number): string {
  const match = [...text.matchAll(pattern)].at(place);
  return (match?.length === 1 ? match[0] : (match?.slice(1).find(Boolean) ?? "")).trim();
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
const anyOf = (texts: readonly string[]): RegExp => new RegExp(texts.map(escaped).join("|") || "(?!)", "g");
const bare = (text: string): string => text.toLowerCase().replace(/\p{P}/gu, "");
const inputOf = (doc: Doc): string => String(doc["input"]);

/** Options as they stand in a question, `(A) text`, by their texts without case and punctuation. */
const optionsIn = (question: string): Map<string, string> =>
  new Map(
    [...question.matchAll(/\([A-Z]\)([^\n^(]*)/g)].map((match, i) => [
      bare(match[1]!.trim()),
      `(${String.fromCharCode(65 + i)})`,
    ]),
  );

/** `(B)` as it is written, else the text of an option, else a letter after a colon. */
function optionLetter(answer: string, doc: Doc, place: number): string {
  const written = find(/(\([A-Z]\))/g, answer, place);
  if (written !== "") return written;
  const options = optionsIn(inputOf(doc));
  // The longest first: one option may begin like another.
  const texts = [...options.keys()].filter(Boolean).toSorted((a, b) => b.length - a.length);
  const named = find(anyOf(texts), bare(answer), place);
  if (named !== "") return options.get(named) ?? named;
  const letters = [...options.values()].map((letter) => letter[1]!);
  const letter = letters.length === 0 ? "" : find(new RegExp(`:\\s*(${letters.join("|")})`, "g"), answer, place);
  return letter === "" ? "" : `(${letter})`;
}

/** Words of the list that the question ends with, in the order in which the answer names each last. */
function sortedWords(answer: string, doc: Doc): string {
  const words = inputOf(doc).split("List:")[1]?.trim().split(/\s+/) ?? [];
  if (words.length === 0) return "";
  const named = [...answer.matchAll(new RegExp(words.map((word) => `\\b${escaped(word)}\\b`).join("|"), "g"))];
  const last = new Set(named.map(([word]) => word).toReversed());
  return [...last].toReversed().join(" ");
}

/** lm-evaluation-harness' own functions for BIG-Bench Hard's free answers; what reads nothing gives the fallback. */
export const bbhFilters = {
  option_letter: (step: Step<"option_letter">) => (answers: readonly string[], doc: Doc) =>
    answers.map((answer) => optionLetter(answer, doc, step.group_select) || step.fallback),
  regex_map: (step: Step<"regex_map">) => {
    const entries = Object.entries(step.regex_pattern_to_value);
    const where = "filter_list: regex_pattern_to_value";
    const any = pythonRegex(entries.map(([pattern]) => pattern).join("|"), where);
    const values = entries.map(([pattern, value]) => ({ pattern: pythonRegex(pattern, where), value }));
    return (answers: readonly string[]) =>
      answers.map((answer) => {
        const found = find(any, answer.toLowerCase(), step.group_select);
        return values.find(({ pattern }) => find(pattern, found, step.group_select) !== "")?.value ?? step.fallback;
      });
  },
  sorted_words: () => (answers: readonly string[], doc: Doc) => answers.map((answer) => sortedWords(answer, doc)),
};
