import type { Document } from "./document.ts";

/** Turns what was found into the text that the model goes on from. */
export type FormatObservation = (documents: readonly Document[]) => string;

/**
 * A document's text that cannot end the observation it stands in: pairs mark what the environment wrote by its tags alone, and what follows a closing tag
 * would be trained on as the model's own. Nor can it hold a special token, `<|im_end|>` say, which would end the turn.
 */
const withoutTags = (text: string): string => text.replace(/<(?=\/?(?:information|tool_response)>|\|)/g, "&lt;");

/** Passages as Search-R1 lists them: a line `Doc i(Title: …) …` each. What a tool gives back. */
export const listPassages: FormatObservation = (documents) =>
  documents
    .map(({ title, text }, i) => `Doc ${i + 1}(Title: ${withoutTags(title)}) ${withoutTags(text)}\n`)
    .join("")
    .trim();

/** Search-R1's form: those lines between information tags, blank lines around (Jin et al. 2025, arXiv:2503.09516). */
export const searchR1Observation: FormatObservation = (documents) =>
  `\n\n<information>${listPassages(documents)}</information>\n\n`;

/**
 * An observation by template: `{index}` (from 1), `{id}`, `{title}` and `{text}` stand for the document's. What lies between `<information>`
 * and `</information>` is repeated for each document, the rest is written once; a template without the tags is repeated whole.
 */
export function templateObservation(template: string): FormatObservation {
  const [, before = "", repeated = template, after = ""] =
    /^(.*?<information>)(.*)(<\/information>.*)$/s.exec(template) ?? [];
  return (documents) => {
    const shown = documents.map(({ id, title, text }, i) => {
      const values = { index: String(i + 1), id, title, text };
      // One pass, so that a "{text}" in a title stays what it is.
      return repeated.replace(/\{(index|id|title|text)\}/g, (_, key: keyof typeof values) => withoutTags(values[key]));
    });
    return before + shown.join("") + after;
  };
}
